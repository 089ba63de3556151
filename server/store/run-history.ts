import type { Graph } from '../../nodes/graph';
import type { MadeWith } from '../../nodes/made-with';
import type { Db, Viewer } from './database';
import { readDocument } from './graphs';

export interface RunHistory {
  /** The run of the same graph before this one, and the nodes it had results of. */
  earlier: { graph: Graph; record: MadeWith | null; queuedAt: Date; finished: string[] } | null;
  /** When results of this run's nodes had last been made before it, in any run: by fingerprint. */
  madeBefore: Record<string, Date>;
}

/** What went before a run, as far as it explains what that run had to compute. Null when there is no such run. */
export async function runHistory(db: Db, viewer: Viewer, id: string): Promise<RunHistory | null> {
  const { ownerId } = viewer;
  const run = await db.run.findFirst({
    where: { id, ownerId },
    select: { graphId: true, queuedAt: true, startedAt: true, nodes: { select: { fingerprint: true } } },
  });
  if (!run) return null;
  const { graphId, queuedAt, startedAt } = run;
  const earlier =
    graphId === null
      ? null
      : await db.run.findFirst({
          where: { ownerId, graphId, queuedAt: { lt: queuedAt }, startedAt: { not: null } },
          orderBy: { queuedAt: 'desc' },
          select: {
            ...{ document: true, record: true, queuedAt: true },
            nodes: { where: { state: { in: ['done', 'reused'] } }, select: { node: true } },
          },
        });
  const prints = run.nodes.flatMap(({ fingerprint }) => fingerprint ?? []);
  const made = await db.nodeRun.groupBy({
    by: ['fingerprint'],
    where: { ownerId, state: 'done', fingerprint: { in: prints }, finishedAt: { lt: startedAt ?? queuedAt } },
    _max: { finishedAt: true },
  });
  return {
    earlier: earlier && {
      graph: readDocument(earlier.document),
      record: earlier.record === null ? null : (JSON.parse(earlier.record) as MadeWith), // written by `recordHappenings`
      queuedAt: earlier.queuedAt,
      finished: earlier.nodes.map(({ node }) => node),
    },
    madeBefore: Object.fromEntries(
      made.flatMap(({ fingerprint, _max }) => (fingerprint && _max.finishedAt ? [[fingerprint, _max.finishedAt]] : [])),
    ),
  };
}
