'use client';
import { ArrowUp, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { AxisValue, AxisValues, SweepAxis } from '../../nodes/sweep';
import { countValues, parseValues, sameValue, sayValue, writeValues } from '../../nodes/sweep-values';
import { described } from '../choices';
import { useEditor } from './EditorContext';
import type { Field } from './state/fields';
import { fieldFor, sayTarget } from './state/sweep-fields';
import { useSweep } from './state/sweep-store';

/** One axis: its name, what it sets, its values, what is wrong with them. */
export function SweepAxisCard({ axis, place, problem }: { axis: SweepAxis; place: number; problem?: string }) {
  const { sweep, set, change, remove } = useSweep();
  const graph = useEditor((state) => state.root);
  const field = axis.at && fieldFor(graph, axis.at);
  const count = countValues(axis.values);
  const up = () => {
    const axes = [...sweep.axes];
    axes.splice(place - 1, 0, ...axes.splice(place, 1));
    set({ ...sweep, axes });
  };
  return (
    <li
      className={`rounded-xl border bg-surface p-2.5 ${problem ? 'border-bad' : 'border-line'}`}
      data-axis={axis.name}
    >
      <div className="mb-1.5 flex items-center gap-1">
        <input
          aria-label="Name of the axis"
          className="min-w-0 flex-1 rounded bg-transparent px-1 font-semibold outline-none hover:bg-field focus:bg-field"
          value={axis.name}
          maxLength={40}
          onChange={(event) => {
            const name = event.target.value.replace(/[{}=|]/g, '');
            if (name.trim()) change(place, { name });
          }}
        />
        <span className="figures text-[11px] whitespace-nowrap text-ink-3">
          {count} {count === 1 ? 'value' : 'values'}
        </span>
        {place > 0 && (
          <button
            type="button"
            className="icon-button !size-6"
            aria-label={`Move ${axis.name} up`}
            data-hint="Earlier axes change least often"
            onClick={up}
          >
            <ArrowUp size={13} />
          </button>
        )}
        <button
          type="button"
          className="icon-button !size-6"
          aria-label={`Remove ${axis.name}`}
          onClick={() => remove(place)}
        >
          <Trash2 size={13} />
        </button>
      </div>
      <p className="mb-1.5 px-1 text-[11px] text-ink-3">
        {axis.at ? sayTarget(graph, axis) : `Stands wherever words say {${axis.name}}`}
      </p>
      <Values axis={axis} field={field} onChange={(values) => change(place, { values })} />
      {problem && (
        <p role="alert" className="mt-1.5 px-1 text-[11.5px] leading-snug text-bad">
          {problem}
        </p>
      )}
    </li>
  );
}

function Values({ axis, field, onChange }: { axis: SweepAxis; field?: Field; onChange(values: AxisValues): void }) {
  const models = useEditor((state) => state.models);
  if (field?.control === 'model') {
    const cards = Object.values(models).filter((card) => Boolean(card.lora) === (field.offers === 'loras'));
    const options = cards.map(({ id, title }) => ({ value: id as AxisValue, title }));
    const ids = (values: AxisValue[]) => ({ kind: 'models' as const, ids: values.map(String) });
    return <Chips axis={axis} options={options} onChange={(values) => onChange(ids(values))} />;
  }
  const list = field?.control === 'switch' ? [false, true] : field?.options;
  if (list) {
    const options = list.map((value) => ({
      value: value as AxisValue,
      title: value === true ? 'on' : value === false ? 'off' : described(value).title,
    }));
    return <Chips axis={axis} options={options} onChange={(values) => onChange({ kind: 'list', values })} />;
  }
  return <Written axis={axis} field={field} onChange={onChange} />;
}

/** Values to choose from; those chosen keep the order of the list. */
function Chips(props: {
  axis: SweepAxis;
  options: { value: AxisValue; title: string }[];
  onChange(values: AxisValue[]): void;
}) {
  const { axis, options, onChange } = props;
  const { values } = axis;
  const chosen: readonly AxisValue[] =
    values.kind === 'models' ? values.ids : values.kind === 'list' ? values.values : [];
  const has = (value: AxisValue) => chosen.some((one) => sameValue(one, value));
  const box = useRef<HTMLDivElement>(null);
  // Of a long list, the part where something is chosen is seen first.
  useEffect(() => {
    box.current?.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={box} className="flex max-h-44 flex-wrap gap-1 overflow-y-auto">
      {options.map(({ value, title }) => (
        <button
          key={sayValue(value)}
          type="button"
          aria-pressed={has(value)}
          className="rounded-md border border-line px-2 py-0.5 text-[11.5px] text-ink-2 transition-colors hover:border-line-strong hover:text-ink aria-pressed:border-accent aria-pressed:bg-fill aria-pressed:text-ink"
          onClick={() =>
            onChange(options.map((one) => one.value).filter((one) => (sameValue(one, value) ? !has(one) : has(one))))
          }
        >
          {title}
        </button>
      ))}
    </div>
  );
}

/** Numbers, seeds and words, as people write them. What is being written is kept as it is until it can be read. */
function Written({ axis, field, onChange }: { axis: SweepAxis; field?: Field; onChange(values: AxisValues): void }) {
  const names = useSweep((state) => state.sweep.axes.map(({ name }) => name).join('\n'));
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const isWords = field ? field.control === 'words' || field.control === 'text' : false;
  const take = (text: string) => {
    setDraft(text);
    const others = names.split('\n').filter((name) => name !== axis.name);
    const read = parseValues(text, { isWords, names: others, ...(axis.at ? {} : { read: (part) => part }) });
    setProblem(read.problem ?? '');
    if (read.values) onChange(read.values);
  };
  const shared = {
    'aria-label': `Values of ${axis.name}`,
    className:
      'block w-full resize-none rounded-lg border border-transparent bg-field px-2.5 py-1.5 text-[12.5px] leading-[1.5] outline-none transition-colors hover:bg-field-hover focus:border-accent placeholder:text-ink-3',
    value: draft ?? writeValues(axis.values),
    spellCheck: false,
    onBlur: () => setDraft(null),
  };
  const hint = isWords
    ? 'One a line. {name} stands for the value of another axis.'
    : field?.control === 'seed'
      ? '4 seeds from 10, or 7, 42, 99'
      : axis.at
        ? '4, 8, 16 or 4..20 by 4'
        : 'red, blue, orange';
  return (
    <>
      {isWords ? (
        <textarea
          {...shared}
          rows={Math.min(8, Math.max(2, shared.value.split('\n').length + 1))}
          placeholder="One value a line"
          onChange={(event) => take(event.target.value)}
        />
      ) : (
        <input {...shared} placeholder={hint} onChange={(event) => take(event.target.value)} />
      )}
      <p className={`mt-1 px-1 text-[11px] ${problem ? 'text-bad' : 'text-ink-3'}`}>{problem || hint}</p>
    </>
  );
}
