'use client';
import { type CSSProperties, type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import type { Clock } from './clock';
import { DecodedFilm } from './decoded-film';

interface Props {
  clock: Clock;
  url: string;
  mime: string;
  /** Pictures per second where that is known; else as the file has it. */
  fps?: number | undefined;
  className?: string;
  style?: CSSProperties;
  /** For those who draw from it. */
  ref?: Ref<HTMLCanvasElement>;
  /** The browser cannot decode it. */
  onError?(): void;
}

/** A GIF or an animated WebP that goes by a clock which others go by, too. */
export function SyncedPictures({ clock, url, mime, fps, className, style, ref, onError }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useImperativeHandle(ref, () => canvas.current as HTMLCanvasElement); // there from the first drawing on
  const failed = useRef(onError);
  failed.current = onError;
  useEffect(() => {
    if (!canvas.current) return;
    const film = new DecodedFilm(canvas.current, fps);
    const stop = new AbortController();
    let leave: (() => void) | undefined;
    film.open(url, mime, stop.signal).then(
      () => {
        if (!stop.signal.aborted) leave = clock.add(film, film.fps);
      },
      () => stop.signal.aborted || failed.current?.(),
    );
    return () => {
      stop.abort();
      leave?.();
      film.close();
    };
  }, [clock, url, mime, fps]);
  return <canvas ref={canvas} className={className} style={style} />;
}
