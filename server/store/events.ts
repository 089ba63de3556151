import type { RunEvent, RunHappening } from '../../nodes/events';
import type { Db, Tx, Viewer } from './database';

/** The run an event belongs to. */
export interface EventOf {
  id: string;
  ownerId: string;
  graphId: string | null;
}

type Row = { seq: number; runId: string; graphId: string | null; body: string; at: Date };

// Written by `storeEvents` as JSON of exactly this type.
const asEvent = (row: Row): RunEvent => ({
  ...(JSON.parse(row.body) as RunHappening),
  run: row.runId,
  ...(row.graphId ? { graph: row.graphId } : {}),
  seq: row.seq,
  at: row.at.getTime(),
});

/** Stores state changes of a run in their order and gives them their places in the sequence. */
export const storeEvents = (tx: Tx, run: EventOf, happenings: RunHappening[]): Promise<RunEvent[]> =>
  storeAllEvents(
    tx,
    happenings.map((happening) => ({ run, happening })),
  );

/** The same for many runs at once, in one statement. */
export async function storeAllEvents(
  tx: Tx,
  all: readonly { run: EventOf; happening: RunHappening }[],
): Promise<RunEvent[]> {
  if (!all.length) return [];
  const at = new Date();
  const rows = await tx.event.createManyAndReturn({
    data: all.map(({ run, happening }) => ({
      ownerId: run.ownerId,
      runId: run.id,
      graphId: run.graphId,
      type: happening.type,
      body: JSON.stringify(happening),
      at,
    })),
  });
  // Numbers are given in the order of the rows; the order of what comes back is nobody's promise.
  return rows.sort((a, b) => a.seq - b.seq).map(asEvent);
}

/** The number of the newest stored event; 0 when there is none. */
export async function lastSeq(db: Db | Tx, viewer: Viewer): Promise<number> {
  const row = await db.event.findFirst({
    where: { ownerId: viewer.ownerId },
    orderBy: { seq: 'desc' },
    select: { seq: true },
  });
  return row?.seq ?? 0;
}

/** Events after `seq`, oldest first, at most `limit` of them. */
export async function eventsAfter(db: Db, viewer: Viewer, at: { seq: number; limit: number }): Promise<RunEvent[]> {
  const rows = await db.event.findMany({
    where: { ownerId: viewer.ownerId, seq: { gt: at.seq } },
    orderBy: { seq: 'asc' },
    take: at.limit,
  });
  return rows.map(asEvent);
}

/** Everything that has happened so far to runs that have not ended: what a tab that opens now needs to draw them. */
export async function eventsOfUnfinished(db: Db, viewer: Viewer): Promise<RunEvent[]> {
  const rows = await db.event.findMany({
    where: { ownerId: viewer.ownerId, run: { state: { in: ['queued', 'running'] } } },
    orderBy: { seq: 'asc' },
  });
  return rows.map(asEvent);
}
