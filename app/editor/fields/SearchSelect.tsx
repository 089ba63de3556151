'use client';
import { Check, ChevronDown, Search } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import type { Choice } from '../../choices';
import { searchChoices } from '../state/search-choices';
import type { FieldProps } from './field-props';

/** A long list to choose from: shelves, a sentence and a cost for each, and a line to search by any name it goes by. */
export function SearchSelect({
  field,
  value,
  problem,
  choices,
  onPick,
}: FieldProps & { choices: readonly Choice[]; onPick(value: string): void }) {
  const current = String(value ?? '');
  const chosen = choices.find((choice) => choice.value === current);
  const [isOpen, setOpen] = useState(false);
  const pick = (choice: Choice) => {
    onPick(choice.value);
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger
        role="combobox"
        aria-label={field.title}
        aria-expanded={isOpen}
        data-hint={problem ?? field.says}
        className={`nodrag flex h-7 w-full items-center gap-2 rounded-lg border bg-field px-2.5 text-[12px] transition-colors hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      >
        <span className="flex-none text-ink-2">{field.title}</span>
        <span className="flex-1 truncate text-right text-ink">{chosen?.title ?? (current || 'choose')}</span>
        <ChevronDown size={13} className="flex-none text-ink-3" aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={4}
          collisionPadding={12}
          align="start"
          className="floating z-50 flex max-h-[min(440px,var(--radix-popover-content-available-height))] w-[330px] animate-rise flex-col overflow-hidden rounded-xl"
        >
          <Options field={field} current={current} choices={choices} onPick={pick} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Options(props: {
  field: FieldProps['field'];
  current: string;
  choices: readonly Choice[];
  onPick(choice: Choice): void;
}) {
  const { field, current, choices, onPick } = props;
  const [search, setSearch] = useState('');
  const found = searchChoices(choices, search);
  const [at, setAt] = useState(
    Math.max(
      0,
      choices.findIndex(({ value }) => value === current),
    ),
  );
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const go = (to: number) => {
    const next = Math.min(found.length - 1, Math.max(0, to));
    setAt(next);
    list.current?.querySelector(`[data-at="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const steer = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
    if (by !== undefined) go(at + by);
    else if (event.key === 'Enter' && found[at]) onPick(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <label className="flex items-center gap-2 border-b border-line px-3 py-2 text-[12px]">
        <Search size={13} className="flex-none text-ink-3" aria-hidden />
        <input
          // biome-ignore lint/a11y/noAutofocus: it appears where the person has just asked for the list
          autoFocus
          type="search"
          aria-label={`Search ${field.title}`}
          aria-controls={id}
          aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
          placeholder="Search by any name"
          className="min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-ink-3"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setAt(0);
          }}
          onKeyDown={steer}
        />
      </label>
      <div ref={list} id={id} role="listbox" aria-label={field.title} className="min-h-0 flex-1 overflow-y-auto p-1">
        {found.map((choice, i) => (
          <div key={choice.value}>
            {!search.trim() && choice.group && choice.group !== found[i - 1]?.group && (
              <p className="px-2 pt-2 pb-1 text-[11px] font-semibold tracking-wide text-ink-3 uppercase">
                {choice.group}
              </p>
            )}
            <Option
              id={`${id}-${i}`}
              at={i}
              choice={choice}
              isChosen={choice.value === current}
              isAt={i === at}
              onPick={onPick}
              onHover={setAt}
            />
          </div>
        ))}
        {found.length === 0 && (
          <p className="px-3 py-4 text-center text-[12px] text-ink-3">Nothing goes by that name.</p>
        )}
      </div>
    </>
  );
}

function Option(props: {
  id: string;
  at: number;
  choice: Choice;
  isChosen: boolean;
  isAt: boolean;
  onPick(choice: Choice): void;
  onHover(at: number): void;
}) {
  const { id, at, choice, isChosen, isAt, onPick, onHover } = props;
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      data-at={at}
      className={`flex cursor-pointer items-start gap-2 rounded-lg px-2 py-1.5 text-[12px] ${isAt ? 'bg-field-hover' : ''}`}
      onPointerMove={() => onHover(at)}
      onClick={() => onPick(choice)}
      onKeyDown={(event) => event.key === 'Enter' && onPick(choice)}
    >
      <span className="mt-0.5 size-3.5 flex-none text-accent-text">{isChosen && <Check size={14} />}</span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate text-ink">{choice.title}</span>
          {choice.cost && <span className="flex-none text-[11px] text-ink-3">{choice.cost}</span>}
        </span>
        {choice.says && <span className="block text-[11px] leading-snug text-ink-3">{choice.says}</span>}
      </span>
    </div>
  );
}
