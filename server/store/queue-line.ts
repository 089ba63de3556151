import { type Db, type Tx, transact, type Viewer } from './database';

/** The order in which waiting runs are taken: as people placed them, then by priority, then as they came. */
export const inLine = [
  { place: 'asc' },
  { priority: 'desc' },
  { queuedAt: 'asc' },
  { turn: 'asc' },
  { id: 'asc' },
] as const;

/**
 * Puts waiting runs before another one, in the order given; without `before`, behind all that wait now. Runs that have
 * begun meanwhile are left out. Only those in front of the new place get places of their own: what is queued later
 * comes behind them. Returns how many were moved; null when `before` no longer waits, and nothing was done.
 */
export function moveRuns(
  db: Db,
  viewer: Viewer,
  { runs, before }: { runs: readonly string[]; before?: string | undefined },
): Promise<number | null> {
  return transact(db, async (tx) => {
    const line = await tx.run.findMany({
      where: { ownerId: viewer.ownerId, state: 'queued' },
      orderBy: [...inLine],
      select: { id: true, place: true },
    });
    const waiting = new Map(line.map((run) => [run.id, run]));
    const moved = [...new Set(runs)].flatMap((id) => waiting.get(id) ?? []);
    const chosen = new Set(moved.map(({ id }) => id));
    const rest = line.filter(({ id }) => !chosen.has(id));
    const spot = before === undefined ? rest.length : rest.findIndex(({ id }) => id === before);
    if (spot < 0) return null;
    // Those that had a place keep one, even behind what was moved.
    const placed = Math.max(spot, rest.findLastIndex(({ place }) => place < 0) + 1);
    const next = [...rest.slice(0, spot), ...moved, ...rest.slice(spot, placed)];
    for (const [index, { id, place: was }] of next.entries()) {
      const place = index - next.length;
      if (place !== was) await tx.run.update({ where: { id }, data: { place } });
    }
    return moved.length;
  });
}

/** Whether nothing new may start for this person; what runs goes on. */
export const isPaused = async (db: Db, { ownerId }: Viewer): Promise<boolean> =>
  (await db.pause.findUnique({ where: { ownerId } })) !== null;

/** Pauses the queue, or lets it go on. It stays so over restarts. */
export async function setPaused(db: Db, { ownerId }: Viewer, paused: boolean): Promise<void> {
  if (paused) await db.pause.upsert({ where: { ownerId }, create: { ownerId }, update: {} });
  else await db.pause.deleteMany({ where: { ownerId } });
}

/** People whose runs may not start now. */
export const pausedOwners = async (tx: Tx): Promise<string[]> =>
  (await tx.pause.findMany({ select: { ownerId: true } })).map(({ ownerId }) => ownerId);
