import { type Db, transact } from './database';
import type { PruneLimits } from './prune';

/**
 * Forgets the events of runs that ended long ago; runs, their nodes and their results stay. The newest event of all is
 * never removed: tabs go on from its number. Answers with how many were removed.
 */
export async function pruneEvents(db: Db, { eventsMs, batch, most }: PruneLimits): Promise<number> {
  const before = new Date(Date.now() - eventsMs);
  const newest = (await db.event.findFirst({ orderBy: { seq: 'desc' }, select: { seq: true } }))?.seq ?? 0;
  let removed = 0;
  while (removed < most) {
    const count = await transact(db, async (tx) => {
      const old = await tx.event.findMany({
        where: {
          seq: { lt: newest },
          run: { state: { in: ['done', 'failed', 'cancelled'] }, finishedAt: { lt: before } },
        },
        orderBy: { seq: 'asc' },
        take: Math.min(batch, most - removed),
        select: { seq: true },
      });
      return (await tx.event.deleteMany({ where: { seq: { in: old.map(({ seq }) => seq) } } })).count;
    });
    removed += count;
    if (!count) break;
  }
  return removed;
}
