'use client';
import type { FieldProps } from './field-props';

export function TextField({ field, value, problem, onChange }: FieldProps) {
  return (
    <label
      className={`nodrag flex h-7 items-center gap-2 rounded-lg border bg-field px-2.5 text-[12px] transition-colors focus-within:border-accent hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      data-hint={problem ?? field.says}
    >
      <span className="flex-none text-ink-2">{field.title}</span>
      <input
        className="min-w-0 flex-1 bg-transparent text-right text-ink outline-none"
        value={typeof value === 'string' ? value : ''}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
