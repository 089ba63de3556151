'use client';
import { Dices, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useEditor } from '../EditorContext';
import { lawful } from '../state/fields';
import { prefixOf } from '../state/page-view';
import { freshSeed, useSeeds } from '../state/seeds';
import type { FieldProps } from './field-props';
import { SeedMenu } from './SeedMenu';

/**
 * A seed. The dice throws a new one; the menu says what happens to it at every Run and lists the seeds that ran. A seed that
 * was left is never lost either: the arrow walks back through all of them.
 */
export function SeedField({ node, field, value, problem, onChange }: FieldProps) {
  const prefix = useEditor((state) => prefixOf(state));
  const key = `${prefix}${node}.${field.name}`;
  const seed = typeof value === 'number' ? value : 0;
  const { left, leave, back } = useSeeds();
  const [draft, setDraft] = useState<string | null>(null);
  const former = left[key] ?? [];

  const take = (next: number) => {
    if (next === seed) return;
    leave(key, seed);
    onChange(next);
  };
  const commit = () => {
    const typed = Number(draft);
    if (draft?.trim() && Number.isFinite(typed)) take(lawful(field, typed));
    setDraft(null);
  };
  return (
    <div
      className={`nodrag flex h-7 items-center rounded-lg border bg-field pl-2.5 text-[12px] transition-colors focus-within:border-accent hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      data-hint={problem ?? field.says}
    >
      <label className="flex min-w-0 flex-1 items-center gap-2">
        <span className="text-ink-2">{field.title}</span>
        <input
          className="number min-w-0 flex-1 bg-transparent text-right text-ink outline-none"
          inputMode="numeric"
          value={draft ?? String(seed)}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setDraft(event.target.value.replace(/\D/g, ''))}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
            if (event.key === 'Escape') setDraft(null);
          }}
        />
      </label>
      <Tiny
        label={former.length ? `Back to the seed before: ${former.at(-1)}` : 'No seed was left yet'}
        disabled={!former.length}
        onClick={() => {
          const last = back(key);
          if (last !== undefined) onChange(last);
        }}
      >
        <Undo2 size={12} />
      </Tiny>
      <Tiny label="Throw a new seed" onClick={() => take(freshSeed())}>
        <Dices size={13} />
      </Tiny>
      <SeedMenu node={node} param={field.name} seed={seed} onTake={take} />
    </div>
  );
}

function Tiny(props: { label: string; disabled?: boolean; onClick(): void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={props.label}
      data-hint={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
      className="flex h-full w-6 items-center justify-center text-ink-3 transition-colors last:rounded-r-lg hover:text-ink disabled:opacity-30"
    >
      {props.children}
    </button>
  );
}
