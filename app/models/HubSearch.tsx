'use client';
import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api } from '../api-client';
import { said } from '../said';
import { HubSettings } from './HubSettings';
import { OfferView } from './OfferView';

/** Asks the hub for a repository and shows what it would bring. `begin` is a name to begin with. */
export function HubSearch({
  begin = '',
  revision,
  onBegun,
}: {
  begin?: string;
  revision?: string;
  onBegun(id: string): void;
}) {
  const [draft, setDraft] = useState(begin);
  const [asked, setAsked] = useState(begin ? { repository: begin, revision } : null);
  const [picked, setPicked] = useState<string[]>([]);
  const [variant, setVariant] = useState<string>();
  const { data, error, isFetching } = useQuery({
    queryKey: ['offer', asked?.repository, asked?.revision, picked, variant],
    queryFn: () =>
      api.hub.offer.query({
        repository: asked?.repository ?? '',
        ...(asked?.revision ? { revision: asked.revision } : {}),
        picked,
        variant,
      }),
    enabled: asked !== null,
    retry: false,
    placeholderData: (old) => (old?.name === asked?.repository ? old : undefined),
  });
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const repository = draft.trim();
    if (!repository) return;
    setPicked([]);
    setVariant(undefined);
    setAsked({ repository, revision: repository === begin ? revision : undefined });
  };
  return (
    <div className="flex flex-col gap-4">
      <form onSubmit={ask} className="flex gap-2">
        <input
          aria-label="Repository"
          className="h-10 min-w-0 flex-1 rounded-xl border border-line bg-field px-3.5 text-[14px] outline-none transition-colors placeholder:text-ink-3 focus:border-accent-text"
          placeholder="owner/name, or its address"
          value={draft}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => setDraft(target.value)}
        />
        <button type="submit" className="text-button !h-10 !rounded-xl" disabled={!draft.trim()}>
          Look <ArrowRight size={14} />
        </button>
      </form>
      {isFetching && !data && <div className="shimmer h-[120px] rounded-2xl border border-line" aria-busy="true" />}
      {error && (
        <p className="rounded-xl bg-bad-soft px-3 py-2.5 text-[12.5px] leading-snug select-text" role="alert">
          {said(error)}
        </p>
      )}
      {data && !error && <OfferView offer={data} onPick={setPicked} onVariant={setVariant} onBegun={onBegun} />}
      {asked === null && (
        <p className="text-[12.5px] leading-snug text-ink-2">
          Checkpoints of Wan 2.1, Wan 2.2 and LTX-Video in the diffusers layout, single files, and LoRAs for them. You
          see size and licence before anything comes.
        </p>
      )}
      <HubSettings />
    </div>
  );
}
