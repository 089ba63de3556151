'use client';
import { useState } from 'react';
import { tidyTags } from '../../nodes/tags';
import { type Findable, tagCounts } from './found';

/** The tags there are, to press: only what carries all pressed ones stays. Nothing without tags. */
export function TagRow(props: {
  things: readonly Findable[];
  chosen: readonly string[];
  onChoose(tags: string[]): void;
}) {
  const { things, chosen, onChoose } = props;
  const counts = tagCounts(things);
  if (!counts.length) return null;
  return (
    <fieldset className="mb-5 flex flex-wrap gap-1.5" aria-label="Tags">
      {counts.slice(0, 30).map(({ tag, count }) => {
        const isChosen = chosen.includes(tag);
        return (
          <button
            key={tag}
            type="button"
            aria-pressed={isChosen}
            className={`flex h-7 items-center gap-1.5 rounded-full border px-3 text-[12.5px] transition-colors ${isChosen ? 'border-accent bg-accent text-accent-ink' : 'border-line bg-surface text-ink-2 hover:border-line-strong hover:text-ink'}`}
            onClick={() => onChoose(isChosen ? chosen.filter((one) => one !== tag) : [...chosen, tag])}
          >
            {tag} <span className={`number text-[11px] ${isChosen ? '' : 'text-ink-3'}`}>{count}</span>
          </button>
        );
      })}
    </fieldset>
  );
}

/** The tags of one thing as small words. */
export function TagWords({ tags }: { tags: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1 pt-1">
      {tags.map((tag) => (
        <span key={tag} className="max-w-full truncate rounded-md bg-field px-1.5 py-px text-[11px] text-ink-2">
          {tag}
        </span>
      ))}
    </span>
  );
}

/** A field for the tags of one thing, with commas between them. Escape leaves them as they were. */
export function TagField({ tags, onDone }: { tags: readonly string[]; onDone(tags: string[] | null): void }) {
  const [draft, setDraft] = useState(tags.join(', '));
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: it appears where the person has just chosen to tag
      autoFocus
      aria-label="Tags, with commas between them"
      placeholder="night, tests"
      className="mt-1 w-full rounded bg-field px-1.5 py-0.5 text-[12px] text-ink outline-none"
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => onDone(tidyTags(draft))}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') onDone(null);
      }}
    />
  );
}
