'use client';
import { BookOpen } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type UIEvent, useMemo, useRef } from 'react';
import { useEditor } from '../EditorContext';
import { modelReading } from '../state/model-reading';
import { setBy } from '../state/page-view';
import { strangeWords } from '../state/words';
import type { FieldProps } from './field-props';

/** Words for a model. Those it was never taught are underlined, and the nearest word it knows is one press away. */
export function WordsField({ node, field, value, problem, onChange }: FieldProps) {
  const text = typeof value === 'string' ? value : '';
  const writer = useEditor((state) => setBy(state, node, field.name));
  const reader = useEditor(({ flat }) => modelReading(flat.graph, flat.types, writer));
  const card = useEditor((state) => (reader ? state.models[reader] : undefined));
  const isUnwanted = useEditor(
    ({ flat }) => flat.graph.wires.find(({ from }) => from.node === writer)?.to.port === 'negative',
  );
  const vocabulary = card?.vocabulary;
  const strange = useMemo(() => (vocabulary ? strangeWords(text, vocabulary) : []), [text, vocabulary]);
  // Each word once, and first those that a press can mend.
  const told = useMemo(() => {
    const once = [...new Map(strange.map((found) => [found.word, found])).values()];
    return once.sort((a, b) => Number(Boolean(b.nearest)) - Number(Boolean(a.nearest))).slice(0, 4);
  }, [strange]);
  const mirror = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const follow = (event: UIEvent<HTMLTextAreaElement>) => {
    if (mirror.current) mirror.current.scrollTop = event.currentTarget.scrollTop;
  };
  const insert = (word: string) => onChange(text.trim() ? `${text.trimEnd()} ${word}` : word);

  return (
    <div className="group/words nodrag nowheel">
      <div
        className={`relative rounded-lg border bg-field transition-colors focus-within:border-accent hover:bg-field-hover ${problem ? 'border-bad' : 'border-transparent'}`}
      >
        <div
          ref={mirror}
          aria-hidden
          className="pointer-events-none absolute inset-0 overflow-hidden px-2.5 py-2 text-[13px] leading-[1.5] break-words whitespace-pre-wrap text-transparent"
        >
          {marked(text, strange)}
        </div>
        <textarea
          ref={area}
          aria-label={field.title}
          data-words
          className="relative block field-sizing-content max-h-[98px] min-h-20 w-full focus:max-h-60 resize-none bg-transparent px-2.5 py-2 text-[13px] leading-[1.5] text-ink outline-none placeholder:text-ink-3"
          value={text}
          spellCheck={!vocabulary}
          placeholder={isUnwanted ? 'What should not be seen. It may stay empty.' : field.says}
          onScroll={follow}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      {/* One line at rest, so that a card of many words does not grow over the one below; all of them while it is written. */}
      <div className="mt-1.5 flex h-[22px] flex-wrap items-center gap-1.5 overflow-hidden text-[11px] text-ink-3 group-focus-within/words:h-auto">
        {vocabulary && card && <Vocabulary title={card.title} vocabulary={vocabulary} onPick={insert} />}
        {told.map(({ word, start, end, nearest }) =>
          nearest ? (
            <button
              key={`${start}-${word}`}
              type="button"
              className="rounded-md border border-line px-1.5 py-0.5 text-ink-2 transition-colors hover:border-strange hover:text-ink"
              onClick={() => onChange(text.slice(0, start) + nearest + text.slice(end))}
            >
              <s className="text-strange">{word}</s> → {nearest}
            </button>
          ) : (
            <span key={`${start}-${word}`}>
              <span className="text-strange underline decoration-wavy underline-offset-2">{word}</span> is new to{' '}
              {card?.title}
            </span>
          ),
        )}
      </div>
    </div>
  );
}

function marked(text: string, strange: ReturnType<typeof strangeWords>) {
  const parts = [];
  let at = 0;
  for (const { start, end } of strange) {
    parts.push(text.slice(at, start));
    parts.push(
      <span
        key={start}
        className="underline decoration-strange decoration-wavy decoration-[1.5px] underline-offset-[3px]"
      >
        {text.slice(start, end)}
      </span>,
    );
    at = end;
  }
  return [...parts, text.slice(at), '\n'];
}

function Vocabulary(props: {
  title: string;
  vocabulary: Readonly<Record<string, readonly string[]>>;
  onPick(word: string): void;
}) {
  return (
    <Popover.Root>
      <Popover.Trigger className="flex items-center gap-1 rounded-md px-1 py-0.5 transition-colors hover:text-ink">
        <BookOpen size={12} aria-hidden /> Words {props.title} knows
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          align="start"
          className="floating z-50 max-h-[340px] w-[320px] animate-rise overflow-y-auto rounded-xl p-3"
        >
          {Object.entries(props.vocabulary).map(([group, words]) => (
            <section key={group} className="mb-2.5 last:mb-0">
              <h4 className="mb-1 text-[11px] font-semibold tracking-wide text-ink-3 uppercase">{group}</h4>
              <div className="flex flex-wrap gap-1">
                {words.map((word) => (
                  <button
                    key={word}
                    type="button"
                    className="rounded-md bg-field px-1.5 py-0.5 text-[12px] text-ink-2 transition-colors hover:bg-fill hover:text-ink"
                    onClick={() => props.onPick(word)}
                  >
                    {word}
                  </button>
                ))}
              </div>
            </section>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
