'use client';
import { ChevronLeft, ChevronRight, Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Clock } from './clock';

const speeds = [0.25, 0.5, 1, 2];

/** Play, hold, frame by frame, faster, slower: for all films at once. */
export function Player({ clock }: { clock: Clock }) {
  const line = useRef<HTMLInputElement>(null);
  const frame = useRef<HTMLSpanElement>(null);
  const [isPlaying, setPlaying] = useState(clock.isPlaying);
  const [speed, setSpeed] = useState(clock.speed);
  useEffect(
    () =>
      clock.listen(() => {
        const { time, seconds, fps } = clock;
        const share = seconds ? time / seconds : 0;
        if (line.current) {
          line.current.step = String(seconds ? 1 / (seconds * fps) : 0.01);
          line.current.value = String(share);
          // As the knob lies, which goes from frame to frame.
          line.current.style.setProperty('--share', line.current.value);
        }
        const count = Math.max(1, Math.round(seconds * fps));
        if (frame.current)
          frame.current.textContent = `${Math.min(count, Math.floor(time * fps + 1e-6) + 1)} / ${count}`;
        setPlaying(clock.isPlaying);
        setSpeed(clock.speed);
      }),
    [clock],
  );
  const toggle = () => (clock.isPlaying ? clock.pause() : clock.play());
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input, select, button, [role="slider"], [role="dialog"]')
      )
        return;
      if (event.key === ' ') toggle();
      else if (event.key === 'ArrowRight' || event.key === '.') clock.step(1);
      else if (event.key === 'ArrowLeft' || event.key === ',') clock.step(-1);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', keys);
    return () => window.removeEventListener('keydown', keys);
  });
  return (
    <footer className="flex h-14 flex-none items-center gap-1 border-t border-line bg-surface px-4">
      <button
        type="button"
        className="icon-button"
        aria-label="Frame back"
        data-hint="Frame back · ←"
        onClick={() => clock.step(-1)}
      >
        <ChevronLeft size={17} />
      </button>
      <button
        type="button"
        className="flex size-9 flex-none items-center justify-center rounded-full bg-accent text-accent-ink hover:brightness-105"
        aria-label={isPlaying ? 'Pause' : 'Play'}
        data-hint={isPlaying ? 'Pause · Space' : 'Play · Space'}
        onClick={toggle}
      >
        {isPlaying ? (
          <Pause size={16} fill="currentColor" />
        ) : (
          <Play size={16} fill="currentColor" className="ml-0.5" />
        )}
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Frame on"
        data-hint="Frame on · →"
        onClick={() => clock.step(1)}
      >
        <ChevronRight size={17} />
      </button>
      <input
        ref={line}
        type="range"
        min={0}
        max={1}
        step={0.01}
        defaultValue={0}
        aria-label="Place in the films"
        className="slide mx-2 h-4 min-w-0 flex-1 cursor-pointer"
        onChange={(event) => {
          if (clock.isPlaying) clock.pause();
          clock.seek(event.target.valueAsNumber * clock.seconds);
        }}
      />
      <span ref={frame} className="number w-20 text-right text-[12px] text-ink-2" data-testid="frame" />
      <fieldset className="ml-2 flex" aria-label="Speed">
        {speeds.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={speed === one}
            className="figures h-7 rounded-lg px-2 text-[12px] text-ink-3 hover:bg-field-hover aria-pressed:bg-fill aria-pressed:font-medium aria-pressed:text-ink"
            onClick={() => clock.setSpeed(one)}
          >
            {one}×
          </button>
        ))}
      </fieldset>
    </footer>
  );
}
