'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outline, outlineOf } from '../../nodes/outline';
import { type Answers, api } from '../api-client';
import { isFileFound } from '../library/found';
import { SearchField } from '../SearchField';
import { Sheet } from '../Sheet';
import { said } from '../said';
import { Thumb } from '../Thumb';
import { factsOf } from './CompareBar';
import type { Name, Side } from './use-side';

type Listed = Answers['assets']['list']['assets'][number];

interface Props {
  name: Name;
  /** What it will be held against: what is near to it comes first. */
  beside: Side | undefined;
  onChoose(id: string): void;
  asDialog?: boolean;
  onClose?(): void;
}

/** Films and pictures to compare with: of the same run, what its graph was given, of the same graph, then all others. */
export function Chooser(props: Props) {
  const { name, beside, asDialog } = props;
  const title = beside ? `Compare ${beside.asset.name} with …` : 'Choose a film or picture';
  if (asDialog)
    return (
      <Sheet title={`Another for ${name}`} says={title} wide={860} open onClose={() => props.onClose?.()}>
        <Shelves {...props} />
      </Sheet>
    );
  return (
    <section className="mx-auto max-w-[1100px]">
      <h2 className="mb-5 text-[19px] font-semibold tracking-tight">{title}</h2>
      <Shelves {...props} />
    </section>
  );
}

function Shelves({ beside, onChoose }: Props) {
  const [sought, setSought] = useState('');
  const all = useInfiniteQuery({
    queryKey: ['compare', 'choices'],
    queryFn: ({ pageParam }) =>
      api.assets.list.query({ outlined: true, limit: 100, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const given = givenTo(beside);
  const sources = useQuery({
    queryKey: ['compare', 'sources', ...given],
    queryFn: async () =>
      (await Promise.all(given.map((sha256) => api.assets.list.query({ sha256, limit: 1 })))).flatMap(
        ({ assets }) => assets,
      ),
    enabled: given.length > 0,
  });
  if (all.error) return <p className="text-bad">{said(all.error)}</p>;
  if (!all.data) return <div aria-busy="true" className="h-40" />;
  const found = [...(sources.data ?? []), ...all.data.pages.flatMap(({ assets }) => assets)].filter(
    (asset, at, list) =>
      (asset.kind === 'video' || asset.kind === 'image') &&
      asset.id !== beside?.asset.id &&
      isFileFound(asset, sought) &&
      list.findIndex(({ id }) => id === asset.id) === at,
  );
  const shelves = shelved(found, beside);
  const own = beside?.run && outlineOf(beside.run.graph, beside.asset.node);
  return (
    <div className="flex flex-col gap-6">
      <SearchField
        sought={sought}
        onSeek={setSought}
        says="Search by name, prompt or setting"
        placeholder="Name, prompt, seed 7, 20 steps …"
        className="w-[300px]"
      />
      {!found.length && (
        <p className="text-ink-2">
          {sought.trim()
            ? `Nothing has “${sought}” in its name, prompt or settings.`
            : 'There is nothing else yet. Run a graph once more, or upload a film or picture in an Image or Video node.'}
        </p>
      )}
      {shelves.map(({ title, assets }) => (
        <section key={title}>
          <h3 className="mb-2 text-[12px] font-medium text-ink-3">{title}</h3>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(168px,1fr))] gap-3">
            {assets.map((asset) => (
              <Choice key={asset.id} asset={asset} beside={own} onChoose={() => onChoose(asset.id)} />
            ))}
          </div>
        </section>
      ))}
      {all.hasNextPage && (
        <button type="button" className="text-button self-center" onClick={() => all.fetchNextPage()}>
          Older ones
        </button>
      )}
    </div>
  );
}

/** A file with what it was made of. What it has otherwise than the one it will be held against stands out. */
function Choice({ asset, beside, onChoose }: { asset: Listed; beside: Outline | undefined; onChoose(): void }) {
  const { name, outline } = asset;
  const tone = (isSame: boolean | undefined) => (isSame ? 'text-ink-3' : 'font-medium text-ink');
  return (
    <button
      type="button"
      className="flex flex-col overflow-hidden rounded-xl border border-line bg-surface text-left hover:border-line-strong"
      aria-label={`Compare with ${name}`}
      data-hint={outline && `${outline.graph}, ${name}${outline.prompt && `: ${outline.prompt}`}`}
      onClick={onChoose}
    >
      <span className="block aspect-square w-full bg-field">
        <Thumb asset={asset} className="size-full object-contain" />
      </span>
      <span className="block w-full px-2.5 py-1.5">
        <span className={`block truncate text-[12.5px] ${tone(outline && outline.prompt === beside?.prompt)}`}>
          {outline?.prompt || name}
        </span>
        {outline && (
          <span className="figures block text-[11px] leading-snug text-ink-3">
            {outline.settings.map((says, at) => (
              <span key={says}>
                {at > 0 && ' · '}
                <span className={tone(!beside || beside.settings.includes(says))}>{says}</span>
              </span>
            ))}
          </span>
        )}
        {outline && (
          <span className={`block truncate text-[11px] ${tone(!beside || outline.graph === beside.graph)}`}>
            {outline.graph}
          </span>
        )}
        <span className="figures block text-[11px] leading-snug text-ink-3">{factsOf(asset)}</span>
      </span>
    </button>
  );
}

/** Digests of the files that the graph behind it was given. */
function givenTo(side: Side | undefined): string[] {
  const values = side?.run?.graph.nodes.flatMap(({ params }) => Object.values(params)) ?? [];
  return values.filter((value): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)).sort();
}

function shelved(assets: readonly Listed[], beside: Side | undefined): { title: string; assets: Listed[] }[] {
  const given = givenTo(beside);
  const { runId, graphId } = beside?.asset ?? {};
  const titleOf = (asset: Listed): string => {
    if (runId && asset.runId === runId) return 'Of the same run';
    if (asset.origin === 'upload' && given.includes(asset.sha256)) return 'What its graph was given';
    if (graphId && asset.graphId === graphId) return 'Of the same graph';
    return asset.origin === 'upload' ? 'Uploads' : beside ? 'Other results' : 'Results';
  };
  const order = [
    'Of the same run',
    'What its graph was given',
    'Of the same graph',
    'Other results',
    'Results',
    'Uploads',
  ];
  return order
    .map((title) => ({ title, assets: assets.filter((asset) => titleOf(asset) === title) }))
    .filter(({ assets: some }) => some.length > 0);
}
