import type { RunEvent, RunHappening } from '../../nodes/events';
import { enterResults } from './assets';
import { type Db, type Tx, transact, type Viewer } from './database';
import { type EventOf, storeEvents } from './events';
import { newId } from './new-id';
import { mergeNodeRuns } from './node-runs';
import { inLine, pausedOwners } from './queue-line';

/** A run crashes this often before it is given up. */
export const attemptsAllowed = 3;

/** A run that waits to be taken, or has just been. */
export interface ClaimedRun {
  id: string;
  ownerId: string;
  document: string;
  attempt: number;
  /** Takes nothing from the cache. */
  fresh: boolean;
  /** The sweep it is a cell of. */
  sweepId: string | null;
  /** Fences every write of this attempt. */
  token: string;
  events: RunEvent[];
}

/** Enters a run into the queue. */
export function enqueueRun(
  db: Db,
  viewer: Viewer,
  run: { name: string; document: string; graphId?: string; priority?: number; fresh?: boolean },
): Promise<{ id: string; events: RunEvent[] }> {
  const row = { id: newId(), ownerId: viewer.ownerId, graphId: run.graphId ?? null };
  return transact(db, async (tx) => {
    const data = {
      ...row,
      name: run.name,
      document: run.document,
      priority: run.priority ?? 0,
      fresh: run.fresh ?? false,
      state: 'queued',
    };
    await tx.run.create({ data: { ...data, queuedAt: new Date() } });
    return { id: row.id, events: await storeEvents(tx, row, [{ type: 'run.queued' }]) };
  });
}

/**
 * Takes the next run in line (`inLine`) whose owner has not paused the queue. Null when none may start now. For a
 * worker that is busy with a cell of the sweep `beside`, only when the next is a cell of that sweep, too, and has never
 * failed: whatever crashes a process must not take others with it twice.
 */
export function claimRun(
  db: Db,
  { beside, ...by }: { worker: string; leaseUntil: Date; beside?: string },
): Promise<ClaimedRun | null> {
  return transact(db, async (tx) => {
    const now = new Date();
    const paused = await pausedOwners(tx);
    const next = await tx.run.findFirst({
      where: {
        state: 'queued',
        // A pause is seconds long: a later moment is one of before the clock was set back.
        OR: [{ notBefore: null }, { notBefore: { lte: now } }, { notBefore: { gt: new Date(now.getTime() + 60_000) } }],
        ...(paused.length ? { ownerId: { notIn: paused } } : {}),
      },
      orderBy: [...inLine],
    });
    if (!next || (beside !== undefined && (next.sweepId !== beside || next.attempt > 0))) return null;
    const token = newId();
    const attempt = next.attempt + 1;
    const taken = await tx.run.updateMany({
      where: { id: next.id, state: 'queued', attempt: next.attempt },
      data: { state: 'running', attempt, token, startedAt: next.startedAt ?? now, notBefore: null, ...by },
    });
    if (taken.count === 0) return null;
    const events = await storeEvents(tx, next, [{ type: 'run.started', attempt }]);
    const { id, ownerId, document, fresh, sweepId } = next;
    return { id, ownerId, document, fresh, sweepId, attempt, token, events };
  });
}

/** Holds the lease a while longer. False means: stop, the attempt is no longer yours. */
export async function renewLease(db: Db, token: string, leaseUntil: Date): Promise<boolean> {
  return (await db.run.updateMany({ where: { token, state: 'running' }, data: { leaseUntil } })).count === 1;
}

/**
 * Stores what an attempt has to tell, all of it or nothing: events, node runs, assets, the end of the run. Returns the
 * events with their places; null means: stop, the attempt is no longer yours.
 */
export function recordHappenings(db: Db, token: string, happenings: RunHappening[]): Promise<RunEvent[] | null> {
  return transact(db, async (tx) => {
    const run = await tx.run.findFirst({ where: { token, state: 'running' } });
    if (!run) return null;
    await enterResults(tx, run, happenings);
    await mergeNodeRuns(tx, run, happenings);
    const made = happenings.find((happening) => happening.type === 'run.record');
    if (made) await tx.run.update({ where: { id: run.id }, data: { record: JSON.stringify(made.record) } });
    const end = happenings.find(isEnd);
    if (end && (await finish(tx, token, end)) === 0) return null;
    return storeEvents(tx, run, happenings);
  });
}

type End = Extract<RunHappening, { type: 'run.done' | 'run.failed' | 'run.cancelled' }>;
const isEnd = (happening: RunHappening): happening is End =>
  happening.type === 'run.done' || happening.type === 'run.failed' || happening.type === 'run.cancelled';

async function finish(tx: Tx, token: string, end: End): Promise<number> {
  const ended = { token: null, leaseUntil: null, finishedAt: new Date() };
  const how =
    end.type === 'run.done'
      ? { state: 'done', seconds: end.seconds, ran: end.ran, reused: end.reused }
      : end.type === 'run.failed'
        ? { state: 'failed', says: end.says, failedNode: end.node ?? null }
        : { state: 'cancelled', says: 'Cancelled.' };
  return (await tx.run.updateMany({ where: { token, state: 'running' }, data: { ...ended, ...how } })).count;
}

/**
 * Ends an attempt whose executor died or fell silent. The run waits again, after a pause that doubles, until its
 * attempts are used up; then it fails and says at which node. A run that was to be cancelled is cancelled.
 */
export function giveBack(
  db: Db,
  where: { token: string } | { expiredBefore: Date },
  says: string,
): Promise<RunEvent[]> {
  return transact(db, async (tx) => {
    const runs = await tx.run.findMany({
      where: {
        state: 'running',
        ...('token' in where ? { token: where.token } : { leaseUntil: { lt: where.expiredBefore } }),
      },
    });
    const events: RunEvent[] = [];
    for (const run of runs) events.push(...(await giveBackOne(tx, run, says)));
    return events;
  });
}

/** Gives a run back that nothing happened to: the worker is being stopped in good order. It is not counted as a try. */
export function release(db: Db, token: string): Promise<RunEvent[]> {
  return transact(db, async (tx) => {
    const run = await tx.run.findFirst({ where: { token, state: 'running' } });
    if (!run) return [];
    if (run.cancelRequested) return giveBackOne(tx, run, '');
    const data = { state: 'queued', attempt: run.attempt - 1, token: null, worker: null, leaseUntil: null };
    await tx.run.update({ where: { id: run.id }, data });
    return storeEvents(tx, run, [{ type: 'run.queued' }]);
  });
}

async function giveBackOne(
  tx: Tx,
  run: EventOf & { token: string | null; attempt: number; cancelRequested: boolean },
  says: string,
): Promise<RunEvent[]> {
  const token = run.token ?? '';
  if (run.cancelRequested) {
    await finish(tx, token, { type: 'run.cancelled' });
    return storeEvents(tx, run, [{ type: 'run.cancelled' }]);
  }
  const at = await tx.nodeRun.findFirst({ where: { runId: run.id, state: 'running' }, orderBy: { startedAt: 'desc' } });
  if (run.attempt < attemptsAllowed) {
    const notBefore = new Date(Date.now() + 500 * 2 ** run.attempt);
    const data = { state: 'queued', token: null, worker: null, leaseUntil: null, notBefore };
    await tx.run.update({ where: { id: run.id }, data });
    return storeEvents(tx, run, [{ type: 'run.queued' }]);
  }
  const where = at ? ` while running "${at.node}"` : '';
  const why = `The worker stopped ${run.attempt} times${where}: ${says} Make the clip smaller, or look into the worker's log.`;
  const happenings: RunHappening[] = [{ type: 'run.failed', says: why, ...(at ? { node: at.node } : {}) }];
  if (at) happenings.unshift({ type: 'node.failed', node: at.node, says: why });
  await mergeNodeRuns(tx, run, happenings);
  await finish(tx, token, { type: 'run.failed', says: why, ...(at ? { node: at.node } : {}) });
  return storeEvents(tx, run, happenings);
}

/** What became of a wish to cancel. `asked`: the worker has to be told; `ended`: it had ended before. */
export type Cancelled = { was: 'waiting'; events: RunEvent[] } | { was: 'asked' } | { was: 'ended' };

/** Cancels a waiting run at once and notes the wish for a running one; null when there is no such run. */
export function requestCancel(db: Db, viewer: Viewer, id: string): Promise<Cancelled | null> {
  return transact(db, async (tx) => {
    const run = await tx.run.findFirst({ where: { id, ownerId: viewer.ownerId } });
    if (!run) return null;
    if (run.state === 'running') {
      await tx.run.update({ where: { id }, data: { cancelRequested: true } });
      return { was: 'asked' };
    }
    if (run.state !== 'queued') return { was: 'ended' };
    const data = { state: 'cancelled', says: 'Cancelled before it began.', finishedAt: new Date() };
    await tx.run.update({ where: { id }, data });
    return { was: 'waiting', events: await storeEvents(tx, run, [{ type: 'run.cancelled' }]) };
  });
}
