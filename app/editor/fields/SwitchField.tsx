'use client';
import { Switch } from 'radix-ui';
import type { FieldProps } from './field-props';

export function SwitchField({ field, value, problem, onChange }: FieldProps) {
  return (
    <div
      className="nodrag flex h-7 items-center justify-between gap-2 rounded-lg bg-field px-2.5 text-[12px]"
      data-hint={problem ?? field.says}
    >
      <span className="truncate text-ink-2">{field.title}</span>
      <Switch.Root
        aria-label={field.title}
        checked={value === true}
        onCheckedChange={onChange}
        className="h-4 w-7 flex-none rounded-full bg-ink-3 transition-colors data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-3 translate-x-0.5 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-3.5" />
      </Switch.Root>
    </div>
  );
}
