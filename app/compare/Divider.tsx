'use client';
import type { KeyboardEvent, PointerEvent } from 'react';

interface Props {
  /** Where the line is, as a share of the picture's width, and where that lies in the pane, in pixels. */
  place: number;
  left: number;
  /** The part of the pane in which the picture can be seen, in pixels. */
  from: number;
  to: number;
  onPlace(place: number): void;
}

const within = (place: number) => Math.min(1, Math.max(0, place));

/** The line between A and B: dragged, or moved by the arrow keys, by tenths with Shift. */
export function Divider({ place, left, from, to, onPlace }: Props) {
  const grab = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const handle = event.currentTarget;
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const pane = handle.parentElement?.getBoundingClientRect();
    const move = (next: globalThis.PointerEvent) =>
      onPlace(within((next.clientX - (pane?.left ?? 0) - from) / Math.max(1, to - from)));
    const end = () => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('lostpointercapture', end);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', end);
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 0.1 : 0.01;
    const moved: Record<string, number> = {
      ArrowLeft: place - step,
      ArrowRight: place + step,
      Home: 0,
      End: 1,
    };
    const next = moved[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onPlace(within(next));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Divider"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(place * 100)}
      aria-valuetext={`A shows ${Math.round(place * 100)} %`}
      className="group/line absolute inset-y-0 z-10 -ml-4 flex w-8 cursor-ew-resize touch-none items-center justify-center !outline-none"
      style={{ left }}
      onPointerDown={grab}
      onKeyDown={keys}
    >
      <span aria-hidden className="absolute inset-y-0 w-0.5 bg-white shadow-[0_0_6px_rgb(0_0_0/0.6)]" />
      <span
        aria-hidden
        className="relative flex h-9 w-5 items-center justify-center gap-0.5 rounded-full bg-white shadow-float group-focus-visible/line:outline-3 group-focus-visible/line:outline-accent"
      >
        <i className="h-3.5 w-px bg-black/45" />
        <i className="h-3.5 w-px bg-black/45" />
      </span>
    </div>
  );
}
