'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Grid3x3, Plus } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { toast } from 'sonner';
import { sayTrail } from '../../nodes/component-node';
import { axesAllowed } from '../../nodes/sweep';
import { layOut } from '../../nodes/sweep-cells';
import { countValues } from '../../nodes/sweep-values';
import { api } from '../api-client';
import { listen } from '../live';
import { said } from '../said';
import { SweepProgress } from '../sweep/SweepProgress';
import { useEditor, useEditorStore } from './EditorContext';
import { SweepAxisCard } from './SweepAxisCard';
import { sayAgo, saySeconds } from './state/facts-line';
import { sweepables } from './state/sweep-fields';
import { useSweep } from './state/sweep-store';
import { type Outlook, useSweepPlan } from './use-sweep-plan';

/** Lays a sweep out: axes, how many cells, what is cached, how long; and the sweeps this graph has had. */
export function SweepPanel({ graphId }: { graphId: string }) {
  const { sweep, recall } = useSweep();
  useEffect(() => recall(graphId), [graphId, recall]);
  const { outlook, failure } = useSweepPlan(sweep);
  const problems = outlook?.problems ?? [];
  return (
    <div className="flex flex-col gap-3">
      {!sweep.axes.length && (
        <p className="px-1 text-[12.5px] leading-relaxed text-ink-2">
          Try one graph with many settings. Press a control with the right button and choose “Sweep …”, or add an axis
          here: every combination is run, what they share only once.
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {sweep.axes.map((axis, place) => (
          <SweepAxisCard
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is what the card edits
            key={place}
            axis={axis}
            place={place}
            problem={problems.find((one) => one.axis === axis.name)?.says}
          />
        ))}
      </ul>
      {sweep.axes.length < axesAllowed && <AddAxis />}
      {failure && <p className="px-1 text-[12px] text-bad">{failure}</p>}
      {outlook && sweep.axes.length > 0 && <Summary outlook={outlook} graphId={graphId} />}
      <History graphId={graphId} />
    </div>
  );
}

function AddAxis() {
  const graph = useEditor((state) => state.root);
  const add = useSweep((state) => state.add);
  const groups = sweepables(graph);
  return (
    <label className="relative flex h-8 items-center justify-center gap-1.5 rounded-[9px] border border-dashed border-line-strong font-medium text-ink-2 hover:bg-field-hover">
      <Plus size={14} aria-hidden /> Add an axis
      <select
        aria-label="Add an axis"
        className="absolute inset-0 cursor-pointer opacity-0"
        value=""
        onChange={(event) => {
          if (event.target.value === 'word') add(graph, null);
          const [group = '', entry = ''] = event.target.value.split('/');
          const chosen = groups[Number(group)]?.entries[Number(entry)];
          if (chosen) add(graph, chosen.at);
        }}
      >
        <option value="" disabled hidden>
          Choose
        </option>
        <option value="word">A word in prompts, by {'{name}'}</option>
        {groups.map(({ title, entries }, group) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two cards may have the same title
          <optgroup key={group} label={title}>
            {entries.map(({ says }, entry) => (
              <option key={says} value={`${group}/${entry}`}>
                {says}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function Summary({ outlook, graphId }: { outlook: Outlook; graphId: string }) {
  const editor = useEditorStore();
  const router = useRouter();
  const queries = useQueryClient();
  const { sweep, set } = useSweep();
  const [isStarting, setStarting] = useState(false);
  const general = outlook.problems.filter(({ axis }) => axis === undefined);
  const blocked = outlook.cells.filter(({ state }) => state === 'blocked');
  const cached = outlook.cells.filter(({ state }) => state === 'cached').length;
  const isReady = !outlook.problems.length && !blocked.length && outlook.cells.length > 0;
  const start = async () => {
    setStarting(true);
    try {
      const { sweepId } = await api.sweeps.start.mutate({ graph: editor.getState().root, sweep, graphId });
      await queries.invalidateQueries({ queryKey: ['sweeps'] });
      router.push(`/sweep/${sweepId}`);
    } catch (error) {
      toast.error('This sweep cannot run yet', { description: said(error) });
      setStarting(false);
    }
  };
  const leaveOut = () => {
    const laid = layOut(editor.getState().root, sweep, { limit: Number.POSITIVE_INFINITY });
    const cells = laid.cells.filter(({ index }) => blocked.some((one) => one.index === index));
    const rules = cells.map((cell) =>
      Object.fromEntries(laid.axes.map(({ axis, values }, at) => [axis.name, [values[cell.at[at]!]!]])),
    );
    set({ ...sweep, skips: [...sweep.skips, ...rules] });
  };
  return (
    <section className="rounded-xl border border-line bg-surface p-3" data-testid="sweep-summary">
      <p className="figures font-semibold">
        {sweep.axes.length > 1 && `${sweep.axes.map(({ values }) => countValues(values)).join(' × ')} = `}
        {outlook.count} {outlook.count === 1 ? 'cell' : 'cells'}
        {sweep.skips.length > 0 && (
          <button
            type="button"
            className="ml-2 text-[11px] font-normal text-ink-3 underline hover:text-ink"
            onClick={() => set({ ...sweep, skips: [] })}
          >
            {sweep.skips.length} left out: bring back
          </button>
        )}
      </p>
      {general.map(({ says }) => (
        <p key={says} role="alert" className="mt-1 text-[12px] leading-snug text-bad">
          {says}
        </p>
      ))}
      {outlook.cells.length > 0 && (
        <>
          <p className="figures mt-0.5 text-[12px] text-ink-2">
            {cached === outlook.cells.length ? 'Everything is cached' : cached ? `${cached} cached already · ` : ''}
            {cached < outlook.cells.length && sayEstimate(outlook)}
          </p>
          <Shares outlook={outlook} />
        </>
      )}
      {blocked.length > 0 && (
        <div className="mt-2 rounded-lg bg-bad-soft p-2 text-[12px] leading-snug">
          <p className="mb-1 font-medium">
            {blocked.length} {blocked.length === 1 ? 'cell' : 'cells'} cannot run
          </p>
          {[...new Set(blocked.map(({ says }) => says))].slice(0, 3).map((says) => (
            <p key={says}>{says}</p>
          ))}
          <button type="button" className="text-button mt-2 !h-7 text-[12px]" onClick={leaveOut}>
            Leave {blocked.length === 1 ? 'it' : 'them'} out
          </button>
        </div>
      )}
      <button
        type="button"
        disabled={!isReady || isStarting}
        className="mt-3 flex h-9 w-full items-center justify-center gap-2 rounded-[10px] bg-accent font-semibold text-accent-ink transition-[filter] hover:brightness-105 disabled:opacity-40"
        onClick={start}
      >
        <Grid3x3 size={15} aria-hidden /> Run sweep
      </button>
    </section>
  );
}

function sayEstimate({ seconds, untimed }: Outlook): string {
  if (seconds === undefined) return 'never timed yet';
  return `${untimed ? 'more than' : 'about'} ${saySeconds(seconds)}`;
}

/** How often each card runs: the point of a sweep is how seldom that is. */
function Shares({ outlook }: { outlook: Outlook }) {
  const root = useEditor((state) => state.root);
  const rows = Object.entries(outlook.nodes).flatMap(([id, share]) =>
    share.runs > 0 ? [{ id, name: sayTrail(root, id) || id, ...share }] : [],
  );
  if (!rows.length) return null;
  return (
    <details className="mt-1 text-[11.5px] text-ink-3">
      <summary className="cursor-pointer">What runs how often</summary>
      <ul className="figures mt-1 grid grid-cols-[1fr_auto] gap-x-3">
        {rows.map(({ id, name, runs, cached }) => (
          <li key={id} className="col-span-2 grid grid-cols-subgrid">
            <span className="truncate">{name}</span>
            <span className="text-right">
              {runs === 1 ? 'once' : `${runs} times`}
              {cached > 0 && `, ${cached} cached`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The sweeps of this graph so far, with how far they are. */
function History({ graphId }: { graphId: string }): ReactNode {
  const { data, refetch } = useQuery({
    queryKey: ['sweeps', graphId],
    queryFn: () => api.sweeps.list.query({ graphId }),
  });
  useEffect(
    () =>
      listen((events) => {
        if (events.some(({ type }) => type.startsWith('run.'))) void refetch();
      }),
    [refetch],
  );
  if (!data?.length) return null;
  return (
    <section>
      <h3 className="mb-1.5 px-1 text-[11px] font-medium text-ink-3">Sweeps so far</h3>
      <ul className="flex flex-col gap-1.5">
        {data.map((one) => (
          <li key={one.id}>
            <Link
              href={`/sweep/${one.id}`}
              className="block rounded-xl border border-line bg-surface px-3 py-2 transition-colors hover:border-line-strong"
            >
              <SweepProgress cells={one.cells} />
              <span className="text-[11px] text-ink-3">{sayAgo(one.createdAt.getTime(), Date.now())}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
