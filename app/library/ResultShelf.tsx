'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Columns2, GitBranch, Trash2 } from 'lucide-react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { useChoose, useChoosing } from '../compare/choosing';
import { expectedOfRun } from '../editor/state/expected';
import { sayAgo, saySeconds } from '../editor/state/facts-line';
import { shownFile, useUi } from '../editor/state/ui-store';
import { useOpenGraph } from '../editor/use-drops';
import { said } from '../said';
import { Thumb } from '../Thumb';
import { isFileFound } from './found';
import { EmptyShelf, grid, Tile, Waiting } from './Tile';

type Asset = Answers['assets']['list']['assets'][number];

/** Everything that was ever made here, newest first. */
export function ResultShelf({ sought }: { sought: string }) {
  const { data, error, fetchNextPage, hasNextPage } = useInfiniteQuery({
    queryKey: ['results'],
    queryFn: ({ pageParam }) =>
      api.assets.list.query({ origin: 'result', outlined: true, limit: 60, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const view = useUi((state) => state.view);
  if (error) return <EmptyShelf title="The results could not be read" says={said(error)} />;
  if (!data) return <Waiting />;
  const all = data.pages.flatMap(({ assets }) => assets);
  const found = all.filter((asset) => isFileFound(asset, sought));
  if (!all.length)
    return (
      <EmptyShelf
        title="Nothing made yet"
        says="Open a graph and press Run. Every film you make is kept here, with the graph behind it."
      />
    );
  if (!found.length)
    return <EmptyShelf title="Nothing like that" says={`No result has “${sought}” in its name, prompt or settings.`} />;
  return (
    <>
      <div className={grid}>
        {found.map((asset) => (
          <ResultTile key={asset.id} asset={asset} onOpen={() => view(shownFile(asset), found.map(shownFile))} />
        ))}
      </div>
      {hasNextPage && (
        <button type="button" className="text-button mt-8 self-center" onClick={() => fetchNextPage()}>
          Older results
        </button>
      )}
    </>
  );
}

function ResultTile({ asset, onOpen }: { asset: Asset; onOpen(): void }) {
  const queries = useQueryClient();
  const openGraph = useOpenGraph();
  const choose = useChoose();
  const isFirst = useChoosing((state) => state.first?.id === asset.id);
  const { id, name, runId, width, height, seconds, createdAt, outline } = asset;
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      toast.error('That did not work', { description: said(error) });
    }
  };
  const behind = (run: string) =>
    attempt(async () => {
      const found = await api.runs.get.query({ runId: run });
      const expected = expectedOfRun(found, { name, sha256: asset.sha256 });
      await openGraph(found.graph, `As it was when ${name} was made`, expected);
    });
  const remove = () =>
    attempt(async () => {
      await api.assets.remove.mutate({ id });
      await queries.invalidateQueries({ queryKey: ['results'] });
      toast(`${name} is out of the gallery`);
    });
  const size = width && height ? `${width} × ${height}` : '';
  return (
    <Tile
      isSquare
      picture={
        <button
          type="button"
          className="block size-full"
          aria-label={[`Open ${name}`, outline?.prompt, ...(outline?.settings ?? [])].filter(Boolean).join(', ')}
          onClick={onOpen}
        >
          <Thumb asset={asset} className="size-full object-contain" />
        </button>
      }
      // Files of one graph are all called alike; what tells them apart is what they were asked for.
      name={
        <span className="line-clamp-2 leading-snug whitespace-normal" data-hint={name}>
          {outline?.prompt || name}
        </span>
      }
      foot={
        <>
          {outline && outline.settings.length > 0 && <span className="block">{outline.settings.join(' · ')}</span>}
          {[size, seconds ? saySeconds(seconds) : '', sayAgo(createdAt.getTime(), Date.now())]
            .filter(Boolean)
            .join(' · ')}
        </>
      }
      action={
        <span
          className={`flex rounded-xl bg-surface/95 p-0.5 shadow-card transition-opacity ${isFirst ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100'}`}
        >
          {(asset.kind === 'video' || asset.kind === 'image') && (
            <button
              type="button"
              className="icon-button"
              aria-label="Compare"
              aria-pressed={isFirst}
              data-hint="Compare: choose two"
              onClick={() => choose(asset)}
            >
              <Columns2 size={15} />
            </button>
          )}
          {runId && (
            <button
              type="button"
              className="icon-button"
              aria-label="Open the graph behind this"
              data-hint="Open the graph behind this"
              onClick={() => behind(runId)}
            >
              <GitBranch size={15} />
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            aria-label="Take out of the gallery"
            data-hint="Take out of the gallery"
            onClick={remove}
          >
            <Trash2 size={15} />
          </button>
        </span>
      }
    />
  );
}
