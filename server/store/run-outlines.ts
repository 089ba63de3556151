import { type Outline, outlineOf } from '../../nodes/outline';
import type { Db } from './database';
import { readDocument } from './graphs';
import type { RunSummary } from './runs';

export type ListedRun = RunSummary & { outline?: Outline };

/** What a run was asked for never changes: the page asks for lists every few seconds. */
const known = new Map<string, Outline>();
/** So many are kept, the newest. */
const most = 2000;

/** The same runs, each with what it was asked for. Cells of a sweep stay without: they are shown as one. */
export async function withOutlines(db: Db, runs: readonly RunSummary[]): Promise<ListedRun[]> {
  const single = runs.filter(({ sweepId }) => sweepId === null);
  const wanted = single.map(({ id }) => id).filter((id) => !known.has(id));
  const rows = wanted.length
    ? await db.run.findMany({ where: { id: { in: wanted } }, select: { id: true, document: true } })
    : [];
  for (const { id, document } of rows) known.set(id, outlineOf(readDocument(document), null));
  const listed = runs.map((run) => {
    const outline = known.get(run.id);
    return outline ? { ...run, outline } : run;
  });
  for (const id of [...known.keys()].slice(0, Math.max(0, known.size - most))) known.delete(id);
  return listed;
}
