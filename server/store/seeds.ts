import type { Db, Viewer } from './database';
import { readDocument } from './graphs';

/** A seed that has run, newest run first, with the file that came of it where there is one. */
export interface UsedSeed {
  seed: number;
  runId: string;
  at: Date;
  asset: { id: string; mime: string; name: string } | null;
}

/** Runs looked through, newest first. */
const depth = 60;

/**
 * Seeds that a param had in the runs of a graph, each once: read from the graphs as they ran, so that no seed that made a
 * picture is ever lost, whatever a browser remembers.
 */
export async function usedSeeds(
  db: Db,
  viewer: Viewer,
  about: { graphId: string; node: string; param: string },
): Promise<UsedSeed[]> {
  const runs = await db.run.findMany({
    where: { ownerId: viewer.ownerId, graphId: about.graphId, removedAt: null, state: { in: ['done', 'failed'] } },
    orderBy: [{ queuedAt: 'desc' }, { id: 'desc' }],
    take: depth,
    select: {
      id: true,
      document: true,
      queuedAt: true,
      assets: { where: { removedAt: null }, orderBy: { createdAt: 'asc' }, take: 1 },
    },
  });
  const found = new Map<number, UsedSeed>();
  for (const { id, document, queuedAt, assets } of runs) {
    const seed = readDocument(document).nodes.find((node) => node.id === about.node)?.params[about.param];
    if (typeof seed !== 'number' || found.get(seed)?.asset) continue;
    const [made] = assets;
    const asset = made ? { id: made.id, mime: made.mime, name: made.name } : null;
    // The newest run of a seed stands for it, unless only an older one has something to show.
    if (asset || !found.has(seed)) found.set(seed, { seed, runId: id, at: queuedAt, asset });
  }
  return [...found.values()];
}
