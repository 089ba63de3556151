'use client';
import { Check, ChevronDown } from 'lucide-react';
import { Select } from 'radix-ui';
import { costPerStep } from '../../../nodes/denoise/cost';
import { guidances } from '../../../nodes/denoise/guidance/registry';
import { samplers } from '../../../nodes/denoise/samplers/registry';
import { type Sampler, type Schedule, samplerGroups } from '../../../nodes/denoise/sampling';
import { schedules } from '../../../nodes/denoise/schedules/registry';
import type { FieldProps } from './field-props';
import { SearchSelect } from './SearchSelect';

/** Options that are files of their own have a title and a sentence; others are called as they are written. */
const described: Readonly<Record<string, Omit<Choice, 'value'>>> = {
  ...describeSamplers(),
  ...Object.fromEntries(Object.values<Schedule>(schedules).map((one) => [one.name, { ...one, names: one.aliases }])),
  ...guidances,
};

export interface Choice {
  value: string;
  title: string;
  says?: string;
  /** The shelf it stands on. */
  group?: string;
  /** What taking it costs, in a few words. */
  cost?: string;
  /** What else it is called. */
  names?: readonly string[];
}

/** More choices than this are searched, not looked through. */
const manyChoices = 12;

export function SelectField(props: FieldProps) {
  const options = props.field.options ?? [];
  const choices = options.map((option) => ({
    value: String(option),
    ...(described[String(option)] ?? { title: String(option) }),
  }));
  const back = (text: string) => options.find((option) => String(option) === text);
  const List = choices.length > manyChoices ? SearchSelect : ChoiceField;
  return <List {...props} choices={onShelves(choices)} onPick={(text) => props.onChange(back(text))} />;
}

/** Shelves in the order of samplerGroups; within one the order stays. */
function onShelves<T extends Choice>(choices: readonly T[]): readonly T[] {
  const shelves: readonly string[] = Object.values(samplerGroups);
  const place = ({ group }: Choice) => (group ? shelves.indexOf(group) : -1);
  return [...choices].sort((a, b) => place(a) - place(b));
}

function describeSamplers(): Record<string, Omit<Choice, 'value'>> {
  return Object.fromEntries(
    Object.values<Sampler>(samplers).map((sampler) => {
      const { name, title, says, group, aliases } = sampler;
      return [name, { title, says, group: samplerGroups[group], cost: costPerStep(sampler), names: aliases }];
    }),
  );
}

/** A list to choose from; also used for models. */
export function ChoiceField({
  field,
  value,
  problem,
  choices,
  onPick,
}: FieldProps & { choices: readonly Choice[]; onPick(value: string): void }) {
  const current = String(value ?? '');
  const chosen = choices.find((choice) => choice.value === current);
  return (
    <Select.Root value={current} onValueChange={onPick}>
      <Select.Trigger
        aria-label={field.title}
        data-hint={problem ?? field.says}
        className={`nodrag flex h-7 w-full items-center gap-2 rounded-lg border bg-field px-2.5 text-[12px] transition-colors hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      >
        <span className="flex-none text-ink-2">{field.title}</span>
        <span className="flex-1 truncate text-right text-ink">{chosen?.title ?? (current || 'choose')}</span>
        <ChevronDown size={13} className="flex-none text-ink-3" aria-hidden />
      </Select.Trigger>
      <Select.Portal>
        <Select.Content
          position="popper"
          sideOffset={4}
          className="floating z-50 max-h-[min(360px,var(--radix-select-content-available-height))] w-[264px] animate-rise overflow-hidden rounded-xl p-1"
        >
          <Select.Viewport>
            {choices.map((choice) => (
              <Select.Item
                key={choice.value}
                value={choice.value}
                className="flex cursor-pointer items-start gap-2 rounded-lg px-2 py-1.5 text-[12px] outline-none data-highlighted:bg-field-hover"
              >
                <span className="mt-0.5 size-3.5 flex-none text-accent-text">
                  <Select.ItemIndicator>
                    <Check size={14} />
                  </Select.ItemIndicator>
                </span>
                <span className="min-w-0">
                  <Select.ItemText>{choice.title}</Select.ItemText>
                  {choice.says && <span className="block text-[11px] leading-snug text-ink-3">{choice.says}</span>}
                </span>
              </Select.Item>
            ))}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}
