'use client';
import { FileBox } from 'lucide-react';
import { useRef } from 'react';
import { assetUrl } from './api-client';

/** A result, small: films show their first frame and play while the pointer is on them. */
export function Thumb({
  asset,
  className = 'size-full object-cover',
}: {
  asset: { id: string; mime: string; name?: string };
  className?: string;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const url = assetUrl(asset.id);
  if (asset.mime.startsWith('video/')) {
    return (
      <video
        ref={video}
        src={url}
        muted
        loop
        playsInline
        preload="none"
        poster={`${url}?thumb=1`}
        className={className}
        onPointerEnter={() => void video.current?.play().catch(() => undefined)}
        onPointerLeave={() => video.current?.pause()}
      />
    );
  }
  if (asset.mime.startsWith('image/'))
    // biome-ignore lint/performance/noImgElement: served by ourselves; an optimizer would break animation
    return <img src={url} alt={asset.name ?? ''} loading="lazy" className={className} />;
  return (
    <span className="flex size-full items-center justify-center text-ink-3">
      <FileBox size={20} aria-hidden />
    </span>
  );
}
