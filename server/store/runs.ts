import type { NodeAbout, OutputSummary } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import type { MadeWith } from '../../nodes/made-with';
import type { Db, Viewer } from './database';
import { readDocument } from './graphs';
import { inLine } from './queue-line';

export const runStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];
export const nodeStates = ['running', 'done', 'reused', 'failed'] as const;
export type NodeState = (typeof nodeStates)[number];

/** A run as lists show it. Times are dates, durations seconds. */
export interface RunSummary {
  id: string;
  graphId: string | null;
  /** The sweep it is a cell of. */
  sweepId: string | null;
  name: string;
  state: RunState;
  priority: number;
  attempt: number;
  cancelRequested: boolean;
  says: string | null;
  failedNode: string | null;
  seconds: number | null;
  ran: number | null;
  reused: number | null;
  /** Nothing was taken from the cache. */
  fresh: boolean;
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface NodeRunSummary {
  node: string;
  state: NodeState;
  attempt: number;
  seconds: number | null;
  resumedAt: number | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  outputs: Record<string, OutputSummary>;
  says: string | null;
  detail: string | null;
  /** What its result goes by in the cache. */
  fingerprint: string | null;
  about: NodeAbout;
}

const summary = {
  id: true,
  graphId: true,
  sweepId: true,
  name: true,
  state: true,
  priority: true,
  attempt: true,
  cancelRequested: true,
  says: true,
  failedNode: true,
  seconds: true,
  ran: true,
  reused: true,
  fresh: true,
  queuedAt: true,
  startedAt: true,
  finishedAt: true,
} as const;

// Sound: only server/store writes this column, from the list above.
const asRun = <R extends { state: string }>(row: R) => ({ ...row, state: row.state as RunState });

/** Runs, newest first, a page at a time. `cursor` is the id of the last run of the page before. */
export async function listRuns(
  db: Db,
  viewer: Viewer,
  page: { graphId?: string; cursor?: string; limit: number },
): Promise<{ runs: RunSummary[]; next: string | null }> {
  const rows = await db.run.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null, ...(page.graphId ? { graphId: page.graphId } : {}) },
    orderBy: [{ queuedAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1,
    ...(page.cursor ? { cursor: { id: page.cursor }, skip: 1 } : {}),
    select: summary,
  });
  const runs = rows.slice(0, page.limit).map(asRun);
  return { runs, next: rows.length > page.limit ? (runs.at(-1)?.id ?? null) : null };
}

/** One run with the graph it ran and what became of each node; null when there is none. */
export async function getRun(
  db: Db,
  viewer: Viewer,
  id: string,
): Promise<{ run: RunSummary; graph: Graph; nodes: NodeRunSummary[]; record: MadeWith | null } | null> {
  const row = await db.run.findFirst({
    where: { id, ownerId: viewer.ownerId },
    select: { ...summary, document: true, record: true, nodes: { orderBy: { startedAt: 'asc' } } },
  });
  if (!row) return null;
  const { document, nodes, record, ...run } = row;
  const made = record === null ? null : (JSON.parse(record) as MadeWith); // written by `recordHappenings`
  return { run: asRun(run), graph: readDocument(document), nodes: nodes.map(asNodeRun), record: made };
}

function asNodeRun(row: {
  node: string;
  state: string;
  attempt: number;
  seconds: number | null;
  resumedAt: number | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  outputs: string | null;
  says: string | null;
  detail: string | null;
  fingerprint: string | null;
  about: string | null;
}): NodeRunSummary {
  return {
    node: row.node,
    // Sound: only server/store/attempts.ts writes this column, from `nodeStates`.
    state: row.state as NodeState,
    attempt: row.attempt,
    seconds: row.seconds,
    resumedAt: row.resumedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    // Written by us as JSON of exactly this type.
    outputs: row.outputs ? (JSON.parse(row.outputs) as Record<string, OutputSummary>) : {},
    says: row.says,
    detail: row.detail,
    fingerprint: row.fingerprint,
    about: row.about ? (JSON.parse(row.about) as NodeAbout) : {},
  };
}

/** Runs that wait or run, in the order in which they will be taken. */
export async function listQueue(db: Db, viewer: Viewer): Promise<RunSummary[]> {
  const rows = await db.run.findMany({
    where: { ownerId: viewer.ownerId, state: { in: ['running', 'queued'] } },
    // 'running' sorts after 'queued'.
    orderBy: [{ state: 'desc' }, ...inLine],
    select: summary,
  });
  return rows.map(asRun);
}

/**
 * Takes a finished run out of the lists. Its graph stays as long as a result is kept, so that every clip can show what
 * made it. Null when there is no such run; false when it has not ended yet.
 */
export async function removeRun(db: Db, viewer: Viewer, id: string): Promise<boolean | null> {
  const row = await db.run.findFirst({ where: { id, ownerId: viewer.ownerId, removedAt: null } });
  if (!row) return null;
  if (row.state === 'queued' || row.state === 'running') return false;
  await db.run.update({ where: { id }, data: { removedAt: new Date() } });
  return true;
}
