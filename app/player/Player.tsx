'use client';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Clock } from './clock';
import { PlaceLine } from './PlaceLine';
import { PlayButton } from './PlayButton';
import { toggle } from './playable';

const speeds = [0.25, 0.5, 1, 2];

/** Play, hold, frame by frame, faster, slower: for all films at once. */
export function Player({ clock }: { clock: Clock }) {
  const frame = useRef<HTMLSpanElement>(null);
  const [isPlaying, setPlaying] = useState(clock.isPlaying);
  const [speed, setSpeed] = useState(clock.speed);
  useEffect(
    () =>
      clock.listen(() => {
        const { time, seconds, fps } = clock;
        const count = Math.max(1, Math.round(seconds * fps));
        if (frame.current)
          frame.current.textContent = `${Math.min(count, Math.floor(time * fps + 1e-6) + 1)} / ${count}`;
        setPlaying(clock.isPlaying);
        setSpeed(clock.speed);
      }),
    [clock],
  );
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input, select, button, [role="slider"], [role="dialog"]')
      )
        return;
      if (event.key === ' ') toggle(clock);
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
      <PlayButton
        isPlaying={isPlaying}
        size={16}
        className="flex size-9 flex-none items-center justify-center rounded-full bg-accent text-accent-ink hover:brightness-105"
        data-hint={isPlaying ? 'Pause · Space' : 'Play · Space'}
        onClick={() => toggle(clock)}
      />
      <button
        type="button"
        className="icon-button"
        aria-label="Frame on"
        data-hint="Frame on · →"
        onClick={() => clock.step(1)}
      >
        <ChevronRight size={17} />
      </button>
      <PlaceLine film={clock} label="Place in the films" className="slide mx-2" />
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
