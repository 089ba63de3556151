'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleSlash, Clock, GitBranch, LoaderCircle, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { said } from '../said';
import { Thumb } from '../Thumb';
import { QueueList } from './QueueList';
import { Quiet } from './Quiet';
import { RunDetails } from './RunDetails';
import { sayAgo, saySeconds } from './state/facts-line';
import { toldApart } from './state/told-apart';
import { shownFile, useUi } from './state/ui-store';
import { useOpenGraph } from './use-drops';

type Run = Answers['runs']['list']['runs'][number];
type Asset = Answers['assets']['list']['assets'][number];

/** The queue of all graphs, and below it what this one has run, newest first, with what came of it. */
export function RunsPanel({ graphId }: { graphId: string }) {
  const { data, error } = useQuery({
    queryKey: ['runs', 'of', graphId],
    queryFn: () => api.runs.list.query({ graphId, limit: 60 }),
  });
  const [shown, setShown] = useState<string | null>(null);
  const { data: results } = useQuery({
    queryKey: ['runs', 'results'],
    queryFn: () => api.assets.list.query({ origin: 'result', limit: 200 }),
  });
  if (error) return <Quiet>{said(error)}</Quiet>;
  if (!data) return null;
  // What runs and waits is in the queue above.
  const ended = data.runs.filter(({ state }) => state !== 'queued' && state !== 'running');
  // The newest of each run.
  const made = new Map(results?.assets.toReversed().map((asset) => [asset.runId, asset]));
  const open = (run: string) => {
    const asset = made.get(run);
    const among = ended.flatMap(({ id }) => made.get(id) ?? []);
    if (asset) useUi.getState().view(shownFile(asset), among.map(shownFile));
  };
  const apart = toldApart(ended.map(({ outline }) => outline));
  return (
    <>
      <QueueList graphId={graphId} />
      {!data.runs.length && <Quiet>Nothing has run yet. Press Run, and what comes of it will be kept here.</Quiet>}
      <ul className="flex flex-col gap-2">
        {ended.map((run, at) => (
          <RunRow
            key={run.id}
            run={run}
            apart={apart[at] ?? ''}
            asset={made.get(run.id)}
            onOpen={() => open(run.id)}
            onDetails={() => setShown(run.id)}
          />
        ))}
      </ul>
      {shown && <RunDetails runId={shown} graphId={graphId} close={() => setShown(null)} />}
    </>
  );
}

interface RowProps {
  run: Run;
  apart: string;
  asset?: Asset;
  onOpen(): void;
  onDetails(): void;
}

function RunRow({ run, apart, asset, onOpen, onDetails }: RowProps) {
  const queries = useQueryClient();
  const openGraph = useOpenGraph();
  const act = async () => {
    try {
      await api.runs.remove.mutate({ runId: run.id });
      await queries.invalidateQueries({ queryKey: ['runs'] });
    } catch (error) {
      toast.error('That did not work', { description: said(error) });
    }
  };
  const behind = async () => {
    try {
      await openGraph((await api.runs.get.query({ runId: run.id })).graph, 'As it was when it ran');
    } catch (error) {
      toast.error('That did not work', { description: said(error) });
    }
  };
  const news =
    run.state === 'done'
      ? `${saySeconds(run.seconds ?? 0)} · ran ${run.ran ?? 0}, reused ${run.reused ?? 0}`
      : run.state === 'failed'
        ? run.says
        : null;
  return (
    <li className="group flex items-center gap-3 rounded-xl border border-line bg-surface p-2">
      <button
        type="button"
        disabled={!asset}
        aria-label={`Open the result${apart && `: ${apart}`}`}
        className="relative size-14 flex-none overflow-hidden rounded-lg bg-field"
        onClick={onOpen}
      >
        {asset ? (
          <Thumb asset={asset} />
        ) : (
          <span className="flex size-full items-center justify-center text-ink-3">{icons[run.state]}</span>
        )}
      </button>
      <button
        type="button"
        data-testid="run-details"
        data-hint="What it did, and what it spent its time on"
        className="min-w-0 flex-1 text-left"
        onClick={onDetails}
      >
        <p className="flex items-baseline gap-2 whitespace-nowrap">
          <span className={`font-medium ${run.state === 'failed' ? 'text-bad' : ''}`}>{words[run.state]}</span>
          <span className="figures text-[11px] text-ink-3">{sayAgo(run.queuedAt.getTime(), Date.now())}</span>
        </p>
        {news && (
          <p className="figures truncate text-[11px] text-ink-3" data-hint={run.state === 'failed' ? news : undefined}>
            {news}
          </p>
        )}
        {apart && (
          <p className="figures truncate text-[11px] text-ink-3" data-hint={apart}>
            {apart}
          </p>
        )}
      </button>
      <button
        type="button"
        aria-label="Open the graph as it ran"
        data-hint="Open the graph as it ran"
        className="icon-button -mr-3 opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
        onClick={behind}
      >
        <GitBranch size={14} />
      </button>
      <button
        type="button"
        aria-label="Remove from the list"
        data-hint="Remove from the list"
        className="icon-button opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
        onClick={act}
      >
        <Trash2 size={14} />
      </button>
    </li>
  );
}

const words = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const;
const icons = {
  queued: <Clock size={18} />,
  running: <LoaderCircle size={18} className="animate-spin text-accent-text" />,
  done: null,
  failed: <CircleAlert size={18} className="text-bad" />,
  cancelled: <CircleSlash size={18} />,
} as const;
