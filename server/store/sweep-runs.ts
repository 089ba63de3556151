import type { OutputSummary, RunEvent } from '../../nodes/events';
import { newResult } from './assets';
import type { Tx, Viewer } from './database';
import { storeAllEvents } from './events';
import { newId } from './new-id';

/** A cell that is to be run. */
export interface NewCell {
  /** Its number in the sweep. */
  cell: number;
  name: string;
  /** Its graph, JSON text. */
  document: string;
  /** What its nodes have made before, when all of it is there: then the run is done as it begins. */
  held?: Record<string, Record<string, OutputSummary>>;
}

/** Cells wait behind what people press Run for. */
const priority = -1;

/** Enters runs for cells of a sweep. The same statements however many there are: a sweep of cached cells is done at once. */
export async function queueCells(
  tx: Tx,
  viewer: Viewer,
  { sweepId, cells }: { sweepId: string; cells: readonly NewCell[] },
): Promise<RunEvent[]> {
  const { ownerId } = viewer;
  const now = new Date();
  const made = cells.map((cell, turn) => ({ ...cell, id: newId(), turn }));
  await tx.run.createMany({
    data: made.map(({ id, cell, turn, name, document, held }) => ({
      ...{ id, ownerId, sweepId, cell, turn, name, document, priority, queuedAt: now },
      ...(held
        ? { state: 'done', seconds: 0, ran: 0, reused: Object.keys(held).length, startedAt: now, finishedAt: now }
        : { state: 'queued' }),
    })),
  });
  const assets = [];
  const nodes = [];
  for (const { id: runId, held } of made)
    for (const [node, kept] of Object.entries(held ?? {})) {
      const outputs = structuredClone(kept);
      for (const [port, output] of Object.entries(outputs)) {
        if (!output.file) continue;
        const asset = newResult(
          { id: runId, ownerId, graphId: null },
          { node, port, file: output.file, facts: output.facts },
        );
        output.file.asset = asset.id;
        assets.push(asset);
      }
      const times = { startedAt: now, finishedAt: now, seconds: 0 };
      nodes.push({ runId, node, ownerId, attempt: 0, state: 'reused', ...times, outputs: JSON.stringify(outputs) });
    }
  await tx.asset.createMany({ data: assets });
  await tx.nodeRun.createMany({ data: nodes });
  const happened = made.flatMap(({ id, held }) => {
    const run = { id, ownerId, graphId: null };
    const done = { type: 'run.done', seconds: 0, ran: 0, reused: Object.keys(held ?? {}).length } as const;
    return [{ run, happening: { type: 'run.queued' } as const }, ...(held ? [{ run, happening: done }] : [])];
  });
  return storeAllEvents(tx, happened);
}

/** Cancels all cells that wait; answers with their events, and with the runs that are at work and must be asked. */
export async function cancelCells(
  tx: Tx,
  viewer: Viewer,
  sweepId: string,
): Promise<{ events: RunEvent[]; running: string[] }> {
  const { ownerId } = viewer;
  const where = { sweepId, ownerId };
  const waiting = await tx.run.findMany({ where: { ...where, state: 'queued' }, select: { id: true } });
  const says = 'Cancelled before it began.';
  await tx.run.updateMany({
    where: { ...where, state: 'queued' },
    data: { state: 'cancelled', says, finishedAt: new Date() },
  });
  const events = await storeAllEvents(
    tx,
    waiting.map(({ id }) => ({ run: { id, ownerId, graphId: null }, happening: { type: 'run.cancelled' } })),
  );
  await tx.run.updateMany({ where: { ...where, state: 'running' }, data: { cancelRequested: true } });
  const running = await tx.run.findMany({ where: { ...where, state: 'running' }, select: { id: true } });
  return { events, running: running.map(({ id }) => id) };
}

/** Queues cells again that have ended without a result; the runs they had are put away. Without `cells`, all of them. */
export async function retryCells(
  tx: Tx,
  viewer: Viewer,
  about: { sweepId: string; cells?: readonly number[] },
): Promise<{ events: RunEvent[]; count: number }> {
  const { sweepId, cells } = about;
  const where = {
    ...{ sweepId, ownerId: viewer.ownerId, removedAt: null, state: { in: ['failed', 'cancelled'] } },
    ...(cells ? { cell: { in: [...cells] } } : {}),
  };
  const rows = await tx.run.findMany({ where, orderBy: [{ queuedAt: 'asc' }, { turn: 'asc' }] });
  await tx.run.updateMany({ where: { id: { in: rows.map(({ id }) => id) } }, data: { removedAt: new Date() } });
  const again = rows.flatMap(({ cell, name, document }) => (cell === null ? [] : { cell, name, document }));
  return { events: await queueCells(tx, viewer, { sweepId, cells: again }), count: again.length };
}
