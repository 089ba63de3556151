'use client';
import { ChevronDown, ChevronsUp, ChevronUp, GripVertical, LoaderCircle, Pause, Play, X } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { sayAgo } from './state/facts-line';
import { moveTo, type QueueRow, queueRows } from './state/queue-rows';
import { useQueue, useQueueActions } from './use-queue';

/** Everything that runs and waits, of every graph: to be put in order, paused, cancelled. Nothing while there is nothing. */
export function QueueList({ graphId }: { graphId: string }) {
  const { line, isPaused } = useQueue();
  const { move, pause, cancel, cancelAll } = useQueueActions();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const rows = queueRows(line);
  if (!rows.length && !isPaused) return null;
  const first = rows.findIndex(({ isRunning }) => !isRunning);
  const put = (from: number, to: number) => {
    const order = moveTo(rows, from, to);
    if (order) void move(order);
  };
  const drop = () => {
    if (dragged !== null && over !== null) put(dragged, over);
    setDragged(null);
    setOver(null);
  };
  return (
    <section aria-label={isPaused ? 'Queue, paused' : 'Queue'} className="mb-4">
      <header className="mb-2 flex h-7 items-center gap-1">
        <h3 className="figures text-[12px] font-semibold text-accent-text">
          {isPaused ? 'Queue, paused' : 'Queue'} {line.length > 0 && `· ${line.length}`}
        </h3>
        <button
          type="button"
          className="text-button ml-auto !h-7 !px-2 text-[12px]"
          aria-pressed={isPaused}
          data-hint={isPaused ? 'What waits may start again' : 'What runs goes on; nothing new starts'}
          onClick={() => void pause(!isPaused)}
        >
          {isPaused ? <Play size={12} aria-hidden /> : <Pause size={12} aria-hidden />} {isPaused ? 'Resume' : 'Pause'}
        </button>
        {line.length > 1 && (
          <button type="button" className="text-button !h-7 !px-2 text-[12px]" onClick={() => void cancelAll()}>
            Cancel all
          </button>
        )}
      </header>
      <ol className="flex flex-col gap-1">
        {rows.map((row, index) => (
          <li
            key={row.key}
            draggable={!row.isRunning}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move';
              setDragged(index);
            }}
            onDragOver={(event) => {
              if (dragged === null || row.isRunning) return;
              event.preventDefault();
              if (over !== index) setOver(index);
            }}
            onDrop={drop}
            onDragEnd={drop}
            className={`group relative flex h-11 items-center gap-1.5 rounded-xl border bg-surface pr-1 pl-1.5 transition-colors ${over === index && dragged !== index ? 'border-accent' : 'border-line'} ${dragged === index ? 'opacity-50' : ''}`}
          >
            {row.isRunning ? (
              <LoaderCircle size={14} className="mx-0.5 flex-none animate-spin text-accent-text" aria-label="Running" />
            ) : (
              <GripVertical size={14} className="flex-none cursor-grab text-ink-3" aria-hidden />
            )}
            <What row={row} isHere={row.graphId === graphId} />
            {!row.isRunning && (
              <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
                <Small says="To the front" disabled={index === first} onClick={() => put(index, first)}>
                  <ChevronsUp size={14} />
                </Small>
                <Small says="Earlier" disabled={index === first} onClick={() => put(index, index - 1)}>
                  <ChevronUp size={14} />
                </Small>
                <Small says="Later" disabled={index === rows.length - 1} onClick={() => put(index, index + 1)}>
                  <ChevronDown size={14} />
                </Small>
              </span>
            )}
            <Small says="Cancel this run" onClick={() => void cancel(row.runs)}>
              <X size={14} />
            </Small>
          </li>
        ))}
      </ol>
      {rows.length === 0 && <p className="text-[12px] text-ink-3">Nothing waits. What you run now will wait here.</p>}
    </section>
  );
}

function What({ row, isHere }: { row: QueueRow; isHere: boolean }) {
  const { name, graphId, sweepId, runs, isRunning, queuedAt, apart } = row;
  const says = [
    sweepId && `${runs.length} ${runs.length === 1 ? 'cell' : 'cells'} of a sweep`,
    apart,
    isHere && !sweepId && !apart && 'this graph',
    isRunning ? 'running' : sayAgo(queuedAt.getTime(), Date.now()),
  ];
  const href = sweepId ? `/sweep/${sweepId}` : graphId ? `/graph/${graphId}` : null;
  const text = (
    <>
      <span className="block truncate text-[12.5px] font-medium">{name || 'Untitled'}</span>
      <span className="figures block truncate text-[11px] text-ink-3" data-hint={apart || undefined}>
        {says.filter(Boolean).join(' · ')}
      </span>
    </>
  );
  return href && !isHere ? (
    <Link href={href} draggable={false} className="min-w-0 flex-1 leading-tight">
      {text}
    </Link>
  ) : (
    <span className="min-w-0 flex-1 leading-tight">{text}</span>
  );
}

function Small(props: { says: string; disabled?: boolean; onClick(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      className="flex size-6 items-center justify-center rounded-md text-ink-3 hover:bg-field-hover hover:text-ink disabled:opacity-30"
      aria-label={props.says}
      data-hint={props.says}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
