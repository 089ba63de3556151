'use client';
import { ArrowLeftRight, Eye } from 'lucide-react';
import type { LaidOut } from '../../nodes/sweep-cells';
import { type Arrangement, placed, swapped } from './arrange';

/** Which axis lies where, how large the cells are, what is hidden. */
export function Toolbar(props: {
  laid: LaidOut;
  view: Arrangement;
  onView(view: Arrangement): void;
  size: number;
  onSize(size: number): void;
}) {
  const { laid, view, onView, size, onSize } = props;
  const { axes } = laid;
  const rest = axes.map((_, at) => at).filter((at) => at !== view.x && at !== view.y);
  const choose = (side: 'x' | 'y') => (
    <label className="flex items-center gap-1.5">
      <span className="text-ink-3">{side === 'x' ? 'Across' : 'Down'}</span>
      <select
        aria-label={side === 'x' ? 'Axis across' : 'Axis down'}
        className="h-7 rounded-lg bg-field px-2 font-medium outline-none hover:bg-field-hover"
        value={view[side] ?? ''}
        onChange={(event) => onView(placed(view, side, event.target.value === '' ? null : Number(event.target.value)))}
      >
        {axes.map(({ axis }, at) => (
          <option key={axis.name} value={at}>
            {axis.name}
          </option>
        ))}
        {axes.length < 2 && <option value="">nothing</option>}
      </select>
    </label>
  );
  return (
    <div className="flex min-h-11 flex-none flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-[12.5px]">
      {choose('x')}
      <button
        type="button"
        className="icon-button !size-7"
        aria-label="Swap the axes"
        data-hint="Swap the axes"
        onClick={() => onView(swapped(view))}
      >
        <ArrowLeftRight size={14} />
      </button>
      {choose('y')}
      {rest.length > 0 && (
        <>
          <span aria-hidden className="h-5 w-px bg-line" />
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              className="accent-[var(--accent)]"
              checked={view.isNested}
              onChange={(event) => onView({ ...view, isNested: event.target.checked })}
            />
            Rows within rows
          </label>
          {!view.isNested && rest.map((at) => <Pages key={at} {...{ laid, at, view, onView }} />)}
        </>
      )}
      {view.hidden.length > 0 && (
        <button
          type="button"
          className="flex items-center gap-1.5 text-ink-3 hover:text-ink"
          onClick={() => onView({ ...view, hidden: [] })}
        >
          <Eye size={13} aria-hidden /> {view.hidden.length} hidden: show
        </button>
      )}
      <label className="ml-auto flex items-center gap-2 text-ink-3">
        Size
        <input
          aria-label="Size of the cells"
          type="range"
          min={72}
          max={420}
          value={size}
          className="slide h-4 w-24 cursor-pointer"
          style={{ ['--share' as string]: (size - 72) / (420 - 72) }}
          onChange={(event) => onSize(event.target.valueAsNumber)}
        />
      </label>
    </div>
  );
}

/** One value of a further axis at a time. */
function Pages(props: { laid: LaidOut; at: number; view: Arrangement; onView(view: Arrangement): void }) {
  const { laid, at, view, onView } = props;
  const { axis, labels } = laid.axes[at]!; // one of the axes that are left over
  const shown = view.page[at] ?? 0;
  return (
    <fieldset className="flex max-w-[46vw] items-center gap-1 overflow-x-auto" aria-label={`Page: ${axis.name}`}>
      <span className="mr-0.5 flex-none text-ink-3">{axis.name}</span>
      {labels.map((label, value) => (
        <button
          key={label}
          type="button"
          aria-pressed={shown === value}
          className="h-7 max-w-40 flex-none truncate rounded-lg px-2 text-ink-2 hover:bg-field-hover aria-pressed:bg-fill aria-pressed:font-medium aria-pressed:text-ink"
          onClick={() => onView({ ...view, page: { ...view.page, [at]: value } })}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
