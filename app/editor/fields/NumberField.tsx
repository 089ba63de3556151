'use client';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { lawful } from '../state/fields';
import type { FieldProps } from './field-props';

/** A share of the range for a value and back; ranges that span far are felt in powers, so that small values can be met. */
function scaleOf(min: number, max: number, whole: boolean) {
  const isWide = whole && min >= 0 && max - min > 200;
  if (!isWide)
    return {
      share: (value: number) => (value - min) / (max - min),
      value: (share: number) => min + share * (max - min),
    };
  const span = Math.log(max - min + 1);
  return {
    share: (value: number) => Math.log(value - min + 1) / span,
    value: (share: number) => min + Math.exp(share * span) - 1,
  };
}

/** A number: drag to scrub (Shift for fine), click to type, arrow keys to step. Bounded ones fill up like a slider. */
export function NumberField({ field, value, problem, onChange }: FieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const drag = useRef<{ x: number; from: number; moved: boolean } | null>(null);
  const number = typeof value === 'number' && Number.isFinite(value) ? value : null;
  const scale =
    field.min !== undefined && field.max !== undefined && field.max > field.min
      ? scaleOf(field.min, field.max, field.whole)
      : null;
  const isSlider = scale && (field.control === 'slider' || field.max! - field.min! <= 1000);
  const start = number ?? (typeof field.fallback === 'number' ? field.fallback : Math.max(0, field.min ?? 0));

  const commit = () => {
    if (draft === null) return;
    setDraft(null);
    const text = draft.trim().replace(',', '.');
    if (text === '') return field.nullable ? onChange(null) : undefined;
    const typed = Number(text);
    // A typed number keeps its own precision; only bounds and wholeness are law.
    if (Number.isFinite(typed)) onChange(lawful({ ...field, step: field.whole ? 1 : 1e-9 }, typed));
  };
  const down = (event: PointerEvent<HTMLElement>) => {
    if (draft !== null || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, from: start, moved: false };
  };
  const moveTo = (event: PointerEvent<HTMLElement>) => {
    const held = drag.current;
    if (!held) return;
    const pixels = event.clientX - held.x;
    if (!held.moved && Math.abs(pixels) < 4) return;
    held.moved = true;
    const zoomed = event.currentTarget.getBoundingClientRect().width;
    const fine = event.shiftKey ? 0.1 : 1;
    const next =
      scale && isSlider
        ? scale.value(Math.min(1, Math.max(0, scale.share(held.from) + (pixels / zoomed) * fine)))
        : held.from + Math.round((pixels * fine) / 6) * field.step;
    onChange(lawful(field, next));
  };
  const up = () => {
    if (drag.current && !drag.current.moved) setDraft(number === null ? '' : String(number));
    drag.current = null;
  };
  const keys = (event: KeyboardEvent) => {
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (by) onChange(lawful(field, start + by * field.step * (event.shiftKey ? 10 : 1)));
    else if (event.key === 'Enter' || /^[\d.-]$/.test(event.key))
      setDraft(event.key === 'Enter' ? String(number ?? '') : event.key);
    else if (event.key === 'Backspace' && field.nullable) onChange(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const share = scale && isSlider && number !== null ? Math.min(1, Math.max(0, scale.share(number))) : 0;
  return (
    <div
      className={`nodrag relative flex h-7 items-center overflow-hidden rounded-lg border bg-field text-[12px] transition-colors hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      data-hint={problem ?? field.says}
    >
      <div aria-hidden className="absolute inset-y-0 left-0 bg-fill" style={{ width: `${share * 100}%` }} />
      {draft === null ? (
        <div
          role="slider"
          tabIndex={0}
          aria-label={field.title}
          aria-valuenow={number ?? undefined}
          aria-valuemin={field.min}
          aria-valuemax={field.max}
          aria-valuetext={number === null ? 'automatic' : undefined}
          className="relative flex h-full flex-1 cursor-ew-resize touch-none items-center gap-2 rounded-lg px-2.5 outline-offset-[-2px] select-none"
          onPointerDown={down}
          onPointerMove={moveTo}
          onPointerUp={up}
          onPointerCancel={() => (drag.current = null)}
          onKeyDown={keys}
        >
          <span className="flex-1 truncate text-ink-2">{field.title}</span>
          <span className={`number ${number === null ? 'text-ink-3' : 'text-ink'}`}>
            {number === null ? 'auto' : number}
          </span>
          {field.unit && number !== null && <span className="text-[11px] text-ink-3">{field.unit}</span>}
        </div>
      ) : (
        <label className="relative flex h-full flex-1 items-center gap-2 px-2.5">
          <span className="flex-1 truncate text-ink-2">{field.title}</span>
          <input
            // biome-ignore lint/a11y/noAutofocus: it appears where the person has just clicked to type
            autoFocus
            inputMode="decimal"
            className="number w-20 bg-transparent text-right text-ink outline-none"
            value={draft}
            placeholder={field.nullable ? 'auto' : undefined}
            onFocus={(event) => event.target.value.length > 1 && event.target.select()}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={commit}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === 'Enter') commit();
              if (event.key === 'Escape') setDraft(null);
            }}
          />
        </label>
      )}
    </div>
  );
}
