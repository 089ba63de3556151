'use client';
import type { KeyboardEvent, PointerEvent } from 'react';

/** More points than this are a line without dots. */
const mostDots = 40;

/**
 * A schedule as a falling line: steps from left to right, noise from the bottom (none) to the top. With `onMove` its points
 * can be dragged up and down, or walked with the arrow keys.
 */
export function SigmaCurve({
  sigmas,
  height,
  onMove,
}: {
  sigmas: ArrayLike<number>;
  height: number;
  onMove?(index: number, sigma: number): void;
}) {
  const values = Array.from(sigmas);
  const top = Math.max(1e-9, ...values);
  const x = (i: number) => (values.length > 1 ? (i / (values.length - 1)) * 100 : 0);
  const y = (sigma: number) => 100 - (sigma / top) * 100;
  const line = values.map((sigma, i) => `${x(i)},${y(sigma)}`).join(' ');
  const isMovable = onMove !== undefined;
  const drag = (i: number) => (event: PointerEvent<HTMLElement>) => {
    if (!onMove || !(event.buttons & 1)) return;
    const box = event.currentTarget.parentElement!.getBoundingClientRect();
    onMove(i, Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height)) * top);
  };
  const walk = (i: number) => (event: KeyboardEvent) => {
    const by = { ArrowUp: 0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 }[event.key];
    if (by === undefined || !onMove) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(i, Math.min(top, Math.max(0, values[i]! + by * top)));
  };
  return (
    <div className="nodrag relative mx-1.5 my-2" style={{ height }}>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible text-[color:var(--kind-sigmas)]"
        aria-hidden
      >
        <polygon points={`0,100 ${line} 100,100`} fill="currentColor" opacity={0.13} />
        <polyline
          points={line}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.75}
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      {values.length <= mostDots + 1 &&
        values.map((sigma, i) => {
          const place = { left: `${x(i)}%`, top: `${y(sigma)}%` };
          const dot = 'absolute -translate-x-1/2 -translate-y-1/2 rounded-full bg-[color:var(--kind-sigmas)]';
          return isMovable ? (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place in the list
              key={i}
              type="button"
              role="slider"
              aria-label={i === values.length - 1 ? 'Noise at the end' : `Noise at step ${i + 1}`}
              aria-orientation="vertical"
              aria-valuemin={0}
              aria-valuemax={top}
              aria-valuenow={sigma}
              data-hint={sigma.toFixed(3)}
              className={`${dot} size-2.5 cursor-ns-resize touch-none border-2 border-surface transition-transform before:absolute before:-inset-1.5 before:content-[''] hover:scale-125`}
              style={place}
              onPointerDown={(event) => {
                event.stopPropagation();
                event.currentTarget.setPointerCapture(event.pointerId);
              }}
              onPointerMove={drag(i)}
              onKeyDown={walk(i)}
            />
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place in the list
            <span key={i} className={`${dot} size-[3.5px]`} style={place} />
          );
        })}
    </div>
  );
}
