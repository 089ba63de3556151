import { namedModels } from '../../nodes/named-models';
import type { Db, Viewer } from './database';
import { readDocument } from './graphs';

/** Documents read at a time. */
const page = 100;

/** Which saved graphs name which models, in their newest versions: by model, newest graph first. */
export async function graphsNaming(db: Db, viewer: Viewer): Promise<Map<string, { id: string; name: string }[]>> {
  const graphs = await db.graph.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null },
    orderBy: { updatedAt: 'desc' },
    select: { id: true, name: true, version: true },
  });
  const naming = new Map<string, { id: string; name: string }[]>();
  for (let at = 0; at < graphs.length; at += page) {
    const some = graphs.slice(at, at + page);
    const OR = some.map(({ id, version }) => ({ graphId: id, version }));
    const stored = await db.graphVersion.findMany({ where: { OR }, select: { graphId: true, document: true } });
    const documents = new Map(stored.map(({ graphId, document }) => [graphId, document]));
    for (const { id, name } of some) {
      const document = documents.get(id);
      if (document === undefined) continue;
      for (const model of modelsIn(document)) naming.set(model, [...(naming.get(model) ?? []), { id, name }]);
    }
  }
  return naming;
}

/** A document that cannot be read any more names nothing; who opens it is told. */
function modelsIn(document: string): Set<string> {
  try {
    return new Set(namedModels(readDocument(document)).map(({ model }) => model));
  } catch {
    return new Set();
  }
}
