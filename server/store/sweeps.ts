import type { RunEvent } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { readSweep, type Sweep } from '../../nodes/sweep';
import type { Db, Viewer } from './database';
import { transact } from './database';
import { readDocument } from './graphs';
import { newId } from './new-id';
import { cellsOf, type SweepCell } from './sweep-cells';
import { type NewCell, queueCells } from './sweep-runs';

export interface SweepSummary {
  id: string;
  graphId: string | null;
  name: string;
  createdAt: Date;
  /** How many of its cells are in which state. */
  cells: Partial<Record<SweepCell['state'], number>>;
}

export interface StoredSweep {
  id: string;
  graphId: string | null;
  name: string;
  graph: Graph;
  sweep: Sweep;
  picked: number | null;
  createdAt: Date;
  cells: SweepCell[];
}

/** Reads what we wrote ourselves. */
function readAxes(text: string): Sweep {
  const read = readSweep(JSON.parse(text));
  if (read.problem !== undefined) throw new Error(`A stored sweep cannot be read: ${read.problem}`);
  return read.sweep;
}

/**
 * Stores a sweep with a run for each of its cells, in the order in which they are given. Cells that come with their
 * results are done at once: nothing of theirs has to run.
 */
export function createSweep(
  db: Db,
  viewer: Viewer,
  about: { graphId?: string; graph: Graph; sweep: Sweep; cells: readonly NewCell[] },
): Promise<{ id: string; events: RunEvent[] }> {
  const { graphId = null, graph, sweep, cells } = about;
  const id = newId();
  return transact(db, async (tx) => {
    const documents = { document: JSON.stringify(graph), axes: JSON.stringify(sweep) };
    await tx.sweep.create({ data: { id, ownerId: viewer.ownerId, graphId, name: graph.name, ...documents } });
    return { id, events: await queueCells(tx, viewer, { sweepId: id, cells }) };
  });
}

/** One sweep with what became of its cells; null when there is none. */
export async function getSweep(db: Db, viewer: Viewer, id: string): Promise<StoredSweep | null> {
  const row = await db.sweep.findFirst({ where: { id, ownerId: viewer.ownerId, removedAt: null } });
  if (!row) return null;
  const { graphId, name, picked, createdAt } = row;
  const cells = await cellsOf(db, viewer, id);
  return { id, graphId, name, picked, createdAt, cells, graph: readDocument(row.document), sweep: readAxes(row.axes) };
}

/** Sweeps, of one graph or of all, newest first, with how far they are. */
export async function listSweeps(
  db: Db,
  viewer: Viewer,
  about: { graphId?: string; limit: number },
): Promise<SweepSummary[]> {
  const rows = await db.sweep.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null, ...(about.graphId ? { graphId: about.graphId } : {}) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: about.limit,
    select: { id: true, graphId: true, name: true, createdAt: true },
  });
  const counted = await db.run.groupBy({
    by: ['sweepId', 'state'],
    where: { sweepId: { in: rows.map(({ id }) => id) }, removedAt: null },
    _count: true,
  });
  return rows.map((row) => {
    const own = counted.filter(({ sweepId }) => sweepId === row.id);
    return { ...row, cells: Object.fromEntries(own.map(({ state, _count }) => [state, _count])) };
  });
}

/** Remembers which cell was picked. */
export async function setPicked(db: Db, viewer: Viewer, about: { id: string; cell: number }): Promise<void> {
  await db.sweep.updateMany({ where: { id: about.id, ownerId: viewer.ownerId }, data: { picked: about.cell } });
}

/** Puts a sweep away. Its runs and their results stay. False when there is none. */
export async function removeSweep(db: Db, viewer: Viewer, id: string): Promise<boolean> {
  const where = { id, ownerId: viewer.ownerId, removedAt: null };
  return (await db.sweep.updateMany({ where, data: { removedAt: new Date() } })).count === 1;
}
