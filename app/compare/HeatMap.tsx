'use client';
import { type RefObject, useEffect, useRef } from 'react';
import { heatColours, heatMap } from '../../nodes/video/heat-map';
import type { Clock } from '../player/clock';

export type Drawable = HTMLVideoElement | HTMLImageElement | HTMLCanvasElement;

/** More pixels than this are drawn smaller, so that a film can still be followed. */
const mostPixels = 1_000_000;

interface Props {
  a: RefObject<Drawable | null>;
  b: RefObject<Drawable | null>;
  clock: Clock;
  /** Size of the part that both have. */
  width: number;
  height: number;
  gain: number;
  /** Hears the mean difference of the frame on show, 0..1. */
  onMean(mean: number): void;
}

/** Where the two pictures on show differ, drawn anew with every frame. Their pixels are read in this browser. */
export function HeatMap({ a, b, clock, width, height, gain, onMean }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, Math.sqrt(mostPixels / (width * height)));
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    const readers = [pixelsOf(wide, high), pixelsOf(wide, high)] as const;
    const sources = [a.current, b.current];
    let isStale = true;
    const stale = () => {
      isStale = true;
    };
    const draw = () => {
      turn = requestAnimationFrame(draw);
      if ((!isStale && !clock.isPlaying) || !pen || !a.current || !b.current) return;
      const [one, other] = [readers[0](a.current), readers[1](b.current)];
      if (!one || !other) return;
      const out = pen.createImageData(wide, high);
      onMean(heatMap(one, other, { out: out.data, step: 4, gain }));
      pen.putImageData(out, 0, 0);
      isStale = false;
    };
    let turn = requestAnimationFrame(draw);
    const news = ['seeked', 'loadeddata', 'load', 'timeupdate'];
    for (const source of sources) for (const name of news) source?.addEventListener(name, stale);
    return () => {
      cancelAnimationFrame(turn);
      for (const source of sources) for (const name of news) source?.removeEventListener(name, stale);
    };
  }, [a, b, clock, wide, high, gain, onMean]);
  return <canvas ref={canvas} width={wide} height={high} className="block size-full" data-testid="heat-map" />;
}

/** Reads what an element shows, scaled to cover so many pixels; null while it shows nothing. */
function pixelsOf(width: number, height: number): (source: Drawable) => Uint8ClampedArray | null {
  const sheet = document.createElement('canvas');
  [sheet.width, sheet.height] = [width, height];
  const pen = sheet.getContext('2d', { willReadFrequently: true });
  return (source) => {
    const [wide, high] = sizeOf(source);
    if (!pen || !wide || !high) return null;
    const scale = Math.max(width / wide, height / high);
    const [cutWide, cutHigh] = [width / scale, height / scale];
    pen.drawImage(source, (wide - cutWide) / 2, (high - cutHigh) / 2, cutWide, cutHigh, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height).data;
  };
}

/** Its own size in pixels; nothing while there is no picture yet. */
function sizeOf(source: Drawable): [number, number] {
  if (source instanceof HTMLCanvasElement) return [source.width, source.height];
  if (source instanceof HTMLImageElement) return [source.naturalWidth, source.naturalHeight];
  return source.readyState < 2 ? [0, 0] : [source.videoWidth, source.videoHeight];
}

const stops = Array.from({ length: 9 }, (_, i) => {
  const at = 3 * Math.round((i / 8) * 255);
  return `rgb(${heatColours.subarray(at, at + 3).join(' ')})`;
}).join(', ');

/** What the colours mean: grey levels of difference, from none to as many as the gain leaves. */
export function Legend({ gain }: { gain: number }) {
  return (
    <span className="figures flex items-center gap-2 text-[11.5px] text-ink-3" data-testid="legend">
      0
      <span
        aria-hidden
        className="h-2.5 w-32 rounded-sm border border-line max-[1100px]:w-20"
        style={{ background: `linear-gradient(to right, ${stops})` }}
      />
      {Math.round(255 / gain)} of 255
    </span>
  );
}
