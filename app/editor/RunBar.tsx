'use client';
import { ListPlus, Play, Square, Zap } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { sayTrail } from '../../nodes/component-node';
import { meansTheSame } from '../../nodes/component-pages';
import { useHint } from './DoingContext';
import { useEditor } from './EditorContext';
import { saySeconds } from './state/facts-line';
import { isActive } from './state/run-state';
import { drawerRoom, useUi } from './state/ui-store';
import { useTroubles } from './TroublesPanel';
import { useShowNode } from './use-fit';
import { useQueue } from './use-queue';
import type { Runs } from './use-runs';

/** The dock at the foot of the canvas: Run, what it will cost, how far it is, Cancel. */
export function RunBar({ runs, seconds }: { runs: Runs; seconds?: number }) {
  const status = useEditor((state) => state.run.status);
  const active = isActive({ status });
  const pressed = useRef(0);
  const hint = useHint('run', 'Run the graph');
  const another = useHint('run', 'Queue another run');
  const isEmpty = useEditor((state) => state.graph.nodes.length === 0);
  // Beside an open drawer the dock keeps to the middle of what is left.
  const left = useUi((state) => (state.drawer ? `max(200px, calc((100% - ${drawerRoom}px) / 2))` : '50%'));
  return (
    <div
      style={{ ['--left' as string]: left }}
      className="floating absolute bottom-4 left-[var(--left)] max-[640px]:left-1/2 z-20 flex max-w-[calc(100vw-32px)] -translate-x-1/2 items-center gap-3 overflow-hidden rounded-2xl p-1.5 pr-4 transition-[left] duration-200"
    >
      {active ? (
        <button
          type="button"
          // A double click on Run must not take it back.
          onClick={() => Date.now() - pressed.current > 350 && runs.cancel()}
          className="flex h-10 min-w-[104px] flex-none items-center justify-center gap-2 rounded-[11px] bg-field-hover px-4 font-semibold text-ink transition-colors hover:bg-bad-soft hover:text-bad"
        >
          <Square size={13} fill="currentColor" aria-hidden /> Cancel
        </button>
      ) : (
        <button
          type="button"
          onClick={() => {
            pressed.current = Date.now();
            void runs.start();
          }}
          disabled={isEmpty}
          data-hint={hint}
          className="flex h-10 min-w-[104px] flex-none items-center justify-center gap-2 rounded-[11px] bg-accent px-5 text-[14px] font-semibold text-accent-ink transition-[filter,transform] hover:brightness-105 active:scale-[0.98] disabled:opacity-40"
        >
          <Play size={15} fill="currentColor" aria-hidden /> Run
        </button>
      )}
      <div
        className="flex min-w-[164px] flex-col justify-center overflow-hidden whitespace-nowrap max-[640px]:min-w-0 max-[640px]:flex-1"
        aria-live="polite"
        data-testid="run-status"
      >
        {active ? <Progress /> : <Outlook seconds={seconds} />}
      </div>
      {!isEmpty && (
        <button
          type="button"
          // Its place is kept while nothing runs, so that the dock does not jump.
          className={`icon-button -mr-2 ${active ? '' : 'invisible max-[640px]:hidden'}`}
          aria-label="Queue another run"
          data-hint={another}
          onClick={() => void runs.start()}
        >
          <ListPlus size={16} />
        </button>
      )}
      {!isEmpty && <LiveSwitch />}
      {active && <OverallLine />}
    </div>
  );
}

function LiveSwitch() {
  const { live, setLive } = useUi();
  const hint = useHint('live', live ? 'Live: cheap work runs while you edit' : 'Live is off: nothing runs by itself');
  return (
    <button
      type="button"
      className="icon-button -mr-2"
      aria-label="Live"
      aria-pressed={live}
      data-hint={hint}
      onClick={() => setLive(!live)}
    >
      <Zap size={15} className={live ? 'text-accent-text' : ''} fill={live ? 'currentColor' : 'none'} />
    </button>
  );
}

/** Before Run: what it would do. After: how it went. */
function Outlook({ seconds }: { seconds?: number }) {
  const show = useShowNode();
  const [, keys = ''] = useHint('run').split(' · ');
  const troubles = useTroubles().filter(({ from }) => from === 'graph');
  const isEmpty = useEditor((state) => state.graph.nodes.length === 0);
  const seen = useRef(-1);
  const run = useEditor((state) => state.whole.run);
  const awaitsUpload = useUi((state) => state.awaitsUpload);
  const willRun = useEditor(
    (state) => Object.values(state.whole.plan).filter((node) => node.state === 'will-run').length,
  );
  const cached = useEditor((state) => Object.values(state.whole.plan).filter((node) => node.state === 'cached').length);
  const planned = willRun + cached > 0;
  const failedAt = useEditor(({ root }) => (run.failedAt === undefined ? '' : sayTrail(root, run.failedAt)));
  const isMended = run.failedAt !== undefined && run.nodes[run.failedAt]?.state !== 'failed';
  const isPast = useEditor(
    ({ whole, ran, root }) => whole.run.status === 'cancelled' && ran !== null && !meansTheSame(ran, root),
  );
  const last =
    run.status === 'done'
      ? `Done in ${saySeconds(run.seconds ?? 0)}${run.reused ? ` · ${run.reused} reused` : ''}`
      : run.status === 'cancelled'
        ? 'Cancelled'
        : run.status === 'failed'
          ? `Failed${failedAt && !isMended ? ` at ${failedAt}` : ''}`
          : null;
  const tone = run.status === 'done' ? 'text-good' : run.status === 'failed' ? 'text-bad' : 'text-ink-3';
  if (awaitsUpload) return <Lines head="Waiting for an upload" foot="Then it runs." />;
  const count = troubles.length;
  if (count > 0) {
    // Each press leads to the next card that needs something.
    const places = [...new Set(troubles.flatMap(({ at }) => at ?? []))];
    const next = () => {
      seen.current = (seen.current + 1) % Math.max(1, places.length);
      show(places[seen.current] ?? '');
    };
    return (
      <Lines
        head={`${count} ${count === 1 ? 'thing needs' : 'things need'} you`}
        tone="text-bad"
        foot={count === 1 ? (troubles[0]?.says ?? '') : 'Press to see them, one after another'}
        onPress={next}
      />
    );
  }
  if (isEmpty) return <Lines head="Nothing to run yet" foot="Add a node to begin" />;
  const outlook =
    planned && willRun === 0
      ? 'Everything is cached'
      : planned
        ? `${willRun} of ${willRun + cached} will run${seconds === undefined ? '' : ` · about ${saySeconds(seconds)}`}`
        : 'Ready';
  if (!last) return <Lines head={outlook} foot={keys} />;
  if (run.status === 'failed' && !isMended)
    return (
      <Lines
        head={last}
        tone={tone}
        foot={run.says ?? outlook}
        onPress={run.failedAt === undefined ? undefined : () => show(run.failedAt ?? '')}
      />
    );
  // What comes next matters more than what was, once something has changed.
  return isMended || isPast || (willRun > 0 && run.status === 'done') ? (
    <Lines head={outlook} foot={`Last: ${last}`} />
  ) : (
    <Lines head={last} tone={tone} foot={outlook} />
  );
}

function Lines(props: { head: string; foot: string; tone?: string; onPress?: () => void }) {
  const { head, foot, tone = 'text-ink', onPress } = props;
  const lines = (
    <>
      <span
        className={`max-w-[min(320px,calc(100vw-190px))] truncate text-[12.5px] leading-tight font-semibold ${tone}`}
      >
        {head}
      </span>
      <span
        className="figures max-w-[min(320px,calc(100vw-190px))] truncate text-[11px] text-ink-3"
        data-hint={foot.length > 50 && !onPress ? foot : undefined}
      >
        {foot}
      </span>
    </>
  );
  if (!onPress) return lines;
  return (
    <button type="button" className="flex flex-col items-start rounded-md text-left" onClick={onPress}>
      {lines}
    </button>
  );
}

function Progress() {
  const run = useEditor((state) => state.whole.run);
  const busyId = Object.entries(run.nodes).find(([, node]) => node.state === 'running')?.[0];
  const title = useEditor((state) => (busyId ? sayTrail(state.root, busyId) : undefined));
  const { line, isPaused } = useQueue();
  const waiting = line.filter((one) => one.id !== run.run && one.state === 'queued').length;
  const place = line.findIndex((one) => one.id === run.run);
  const clock = useClock();
  if (run.status === 'queued') {
    if (isPaused) return <Lines head="Queued" foot="The queue is paused · press to see it" onPress={showQueue} />;
    const ahead = place > 0 ? `${place} ahead in the queue` : 'Next in the queue';
    return <Lines head="Queued" foot={ahead} />;
  }
  const busy = busyId ? run.nodes[busyId] : undefined;
  const share = busy?.of ? ` · ${busy.done ?? 0} of ${busy.of}` : '';
  const passed = run.since ? Math.max(0, (clock - run.since) / 1000) : 0;
  return (
    <Lines
      head={`${title ?? 'Starting'}${share}`}
      foot={`${saySeconds(Math.max(0.1, passed))}${waiting ? ` · ${waiting} waiting` : ''}`}
    />
  );
}

/** The share of the graph that is done, as a line along the dock's foot. */
function OverallLine() {
  const share = useEditor(({ whole: { run, plan }, root }) => {
    const wanted = Object.values(plan).filter((node) => node.state === 'will-run').length || root.nodes.length;
    const done = Object.values(run.nodes).reduce(
      (sum, node) =>
        sum + (node.state === 'done' ? 1 : node.state === 'running' && node.of ? (node.done ?? 0) / node.of : 0),
      0,
    );
    return Math.min(1, done / Math.max(1, wanted));
  });
  return (
    <div className="absolute inset-x-0 bottom-0 h-[3px]">
      <div
        className="h-full origin-left bg-accent transition-transform duration-300 ease-out"
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  );
}

const showQueue = () => useUi.getState().drawer !== 'runs' && useUi.getState().toggleDrawer('runs');

function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  return now;
}
