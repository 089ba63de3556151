'use client';
import { type Ref, useState } from 'react';
import { assetUrl } from '../api-client';
import type { Clock } from '../player/clock';
import { SyncedFilm } from '../player/SyncedFilm';
import { SyncedPictures } from '../player/SyncedPictures';
import type { Drawable } from './HeatMap';
import { isAnimation, isFilm, type Side, shapeOf } from './use-side';

/** The film or picture of one side, filling its box; what hangs over is cut. */
export function Picture({
  side,
  clock,
  ref,
  isSharp,
}: {
  side: Side;
  clock: Clock;
  ref: Ref<Drawable>;
  /** Pixels with their edges, not smoothed. */
  isSharp: boolean;
}) {
  const [isLost, setLost] = useState(false);
  const { asset, name } = side;
  if (isLost)
    return (
      <p className="flex size-full items-center justify-center rounded-lg border border-dashed border-line-strong p-4 text-center text-ink-2">
        {name}, {asset.name}, cannot be shown: it is no longer on disk, or this browser does not know its format.
        {asset.runId ? ' Run its graph again to make it anew.' : ' Upload it again, as mp4, webm, png or jpeg.'}
      </p>
    );
  const look = {
    className: 'block size-full object-cover',
    style: isSharp ? { imageRendering: 'pixelated' as const } : {},
  };
  const onError = () => setLost(true);
  if (isFilm(asset))
    return (
      <SyncedFilm
        ref={ref as Ref<HTMLVideoElement>} // of all that can be drawn, this is one
        url={assetUrl(asset.id)}
        fps={shapeOf(asset)?.fps ?? 8}
        {...{ clock, onError, ...look }}
      />
    );
  if (isAnimation(asset))
    return (
      <SyncedPictures
        ref={ref as Ref<HTMLCanvasElement>} // as above
        url={assetUrl(asset.id)}
        mime={asset.mime}
        fps={asset.frames && asset.frames > 1 ? shapeOf(asset)?.fps : undefined}
        {...{ clock, onError, ...look }}
      />
    );
  return (
    // biome-ignore lint/performance/noImgElement: served by ourselves; an optimizer would break animation
    <img
      ref={ref as Ref<HTMLImageElement>} // as above
      src={assetUrl(asset.id)}
      alt={asset.name}
      draggable={false}
      {...{ onError, ...look }}
    />
  );
}
