'use client';
import { type PointerEvent, useRef } from 'react';

export interface ChartLine {
  /** What it is called beside its figure; empty where there is only one. */
  name: string;
  colour: string;
  /** One for each frame; a hole where it is not finite. */
  values: readonly number[];
  /** For the whole clip, as it is to be read. */
  whole: string;
}

interface Props {
  title: string;
  says: string;
  lines: readonly ChartLine[];
  /** A value as people read it. */
  say(value: number): string;
  /** Where the films are, 0..1 of the part compared. */
  place: number;
  onSeek(place: number): void;
}

/** A small chart: a line for each clip over the frames, with the place of the films in it. A press goes there. */
export function Chart({ title, says, lines, say, place, onSeek }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const count = Math.max(...lines.map(({ values }) => values.length));
  const all = lines.flatMap(({ values }) => values).filter(Number.isFinite);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const range = high - low || 1;
  const at = Math.min(count - 1, Math.floor(place * count + 1e-6));
  const x = (frame: number) => (count > 1 ? (frame / (count - 1)) * 100 : 50);
  const y = (value: number) => (high === low ? 20 : 38 - ((value - low) / range) * 36);
  const seek = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect();
    if (!rect || event.buttons !== 1) return;
    const frame = Math.round(Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width)) * (count - 1));
    onSeek((frame + 0.5) / count);
  };
  return (
    <figure
      className="m-0 flex min-w-0 flex-col gap-1.5 rounded-xl border border-line bg-surface px-3 pt-2 pb-2.5"
      data-testid={`chart ${title}`}
    >
      <figcaption className="flex items-baseline gap-2" data-hint={says}>
        <span className="text-[12px] font-medium text-ink-2">{title}</span>
        <span className="figures ml-auto flex gap-2.5 text-[12.5px] font-semibold">
          {lines.map(({ name, colour, whole }) => (
            <span key={name} className="flex items-baseline gap-1">
              {name && <i aria-hidden className="size-2 rounded-full" style={{ background: colour }} />}
              {name && <span className="sr-only">{name}</span>}
              {whole}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} className="relative h-11 cursor-crosshair touch-none" onPointerDown={seek} onPointerMove={seek}>
        <svg viewBox="0 0 100 40" preserveAspectRatio="none" className="size-full overflow-visible" aria-hidden>
          <line x1={x(at)} x2={x(at)} y1={0} y2={40} stroke="var(--line-strong)" vectorEffect="non-scaling-stroke" />
          {lines.map(({ name, colour, values }) => (
            <polyline
              key={name}
              fill="none"
              stroke={colour}
              strokeWidth={1.75}
              strokeLinejoin="round"
              vectorEffect="non-scaling-stroke"
              points={values
                .flatMap((value, frame) => (Number.isFinite(value) ? `${x(frame)},${y(value)}` : []))
                .join(' ')}
            />
          ))}
        </svg>
      </div>
      <div className="figures flex justify-between text-[10.5px] text-ink-3">
        <span>
          {say(low)} – {say(high)}
        </span>
        <span>
          {at + 1}: {lines.map(({ values }) => sayAt(values[at], say)).join(' · ')}
        </span>
      </div>
    </figure>
  );
}

const sayAt = (value: number | undefined, say: Props['say']) =>
  value !== undefined && Number.isFinite(value) ? say(value) : '–';
