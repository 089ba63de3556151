'use client';
import { type CSSProperties, type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import type { Clock } from './clock';

interface Props {
  clock: Clock;
  url: string;
  fps: number;
  className?: string;
  style?: CSSProperties;
  /** For those who draw from it. */
  ref?: Ref<HTMLVideoElement>;
  /** The browser cannot show it. */
  onError?(): void;
}

/** A film that goes by a clock which others go by, too. */
export function SyncedFilm({ clock, url, fps, className = 'size-full object-contain', style, ref, onError }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useImperativeHandle(ref, () => video.current as HTMLVideoElement); // there from the first drawing on
  useEffect(() => (video.current ? clock.add(video.current, fps) : undefined), [clock, fps]);
  return (
    <video
      ref={video}
      src={url}
      muted
      playsInline
      preload="auto"
      disablePictureInPicture
      className={className}
      style={style}
      onError={onError}
    />
  );
}
