'use client';
import { Check, ChevronDown, type LucideIcon } from 'lucide-react';
import { Select } from 'radix-ui';
import { samplerGroups } from '../../../nodes/denoise/sampling';
import { type Choice, described } from '../../choices';
import { useModelCard } from '../use-model-card';
import type { FieldProps } from './field-props';
import { SearchSelect } from './SearchSelect';

/** More choices than this are searched, not looked through. */
const manyChoices = 12;

export function SelectField(props: FieldProps) {
  const options = props.field.options ?? [];
  const own = useModelCard(props.field.name === 'sampler' ? props.node : null)?.defaults.sampler;
  const choices = options.map(described);
  const back = (text: string) => options.find((option) => String(option) === text);
  const List = choices.length > manyChoices ? SearchSelect : ChoiceField;
  return (
    <List
      {...props}
      choices={onShelves(props.field.name === 'sampler' ? withOwn(choices, own) : choices)}
      onPick={(text) => props.onChange(back(text))}
    />
  );
}

/** The shelf of what the connected checkpoint comes with. */
const ownShelf = "The checkpoint's own";

/** Shelves in their order, and on each what has a place before what has none. */
function onShelves(choices: readonly Choice[]): readonly Choice[] {
  const shelves: readonly string[] = [ownShelf, ...Object.values(samplerGroups)];
  const shelf = ({ group }: Choice) => (group ? shelves.indexOf(group) : -1);
  const place = (choice: Choice) => choice.place ?? Number.POSITIVE_INFINITY;
  return [...choices].sort((a, b) => shelf(a) - shelf(b) || (place(a) < place(b) ? -1 : Number(place(a) > place(b))));
}

/** What the checkpoint's own scheduler_config.json asks for stands first, and is found by that name too. */
const withOwn = (choices: readonly Choice[], own: string | undefined): readonly Choice[] =>
  choices.map((choice) =>
    choice.value === own
      ? { ...choice, group: ownShelf, names: [...(choice.names ?? []), 'checkpoint default scheduler_config.json'] }
      : choice,
  );

/** A last entry that is no choice but leads elsewhere. */
interface Foot {
  value: string;
  title: string;
  icon: LucideIcon;
}

/** A list to choose from; also used for models. */
export function ChoiceField({
  field,
  value,
  problem,
  choices,
  foot,
  onPick,
}: FieldProps & { choices: readonly Choice[]; foot?: Foot; onPick(value: string): void }) {
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
            {foot && (
              <>
                <Select.Separator className="mx-2 my-1 h-px bg-line" />
                <Select.Item
                  value={foot.value}
                  className="flex cursor-pointer items-center gap-2 rounded-lg px-2 py-1.5 text-[12px] text-ink-2 outline-none data-highlighted:bg-field-hover"
                >
                  <foot.icon size={14} aria-hidden />
                  <Select.ItemText>{foot.title}</Select.ItemText>
                </Select.Item>
              </>
            )}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}
