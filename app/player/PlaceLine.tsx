'use client';
import { useEffect, useRef } from 'react';
import type { Playable } from './playable';

interface Props {
  film: Playable;
  /** Its name to those who do not see it. */
  label: string;
  className: string;
  /** Nobody sees it: the film is not followed. */
  isQuiet?: boolean;
}

/** The place in a film as a line: its knob goes from frame to frame, by hand and by arrow keys, and holds the film. */
export function PlaceLine({ film, label, className, isQuiet = false }: Props) {
  const line = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isQuiet) return;
    return film.listen(() => {
      const { time, seconds, fps } = film;
      if (!line.current) return;
      line.current.step = String(seconds ? 1 / (seconds * fps) : 0.01);
      line.current.value = String(seconds ? time / seconds : 0);
      // As the knob lies, which goes from frame to frame.
      line.current.style.setProperty('--share', line.current.value);
    });
  }, [film, isQuiet]);
  return (
    <input
      ref={line}
      type="range"
      min={0}
      max={1}
      step={0.01}
      defaultValue={0}
      aria-label={label}
      className={`h-4 min-w-0 flex-1 cursor-pointer ${className}`}
      onChange={(event) => {
        if (film.isPlaying) film.pause();
        film.seek(event.target.valueAsNumber * film.seconds);
      }}
    />
  );
}
