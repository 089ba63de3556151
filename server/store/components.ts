import { componentOf } from '../../nodes/component';
import type { Graph } from '../../nodes/graph';
import { type Db, transact, type Viewer } from './database';
import { readDocument } from './graphs';

/** A component of the library in its newest version: a graph of one node with all definitions it needs. */
export interface StoredComponent {
  id: string;
  version: number;
  name: string;
  graph: Graph;
  savedAt: Date;
}

/**
 * Puts the component a graph consists of into the library. The number it gets is its own, or the next one where another
 * state of it has that already. What is there already stays as it is. Null when the graph is not one component.
 */
export async function publishComponent(
  db: Db,
  viewer: Viewer,
  graph: Graph,
): Promise<{ id: string; version: number } | null> {
  const [node, ...more] = graph.nodes;
  const component = node && componentOf(graph, node);
  if (!component || more.length) return null;
  const { ownerId } = viewer;
  const { id, key, name } = component;
  return transact(db, async (tx) => {
    const known = await tx.component.findUnique({ where: { ownerId_key: { ownerId, key } } });
    // Put back, with all its versions.
    await tx.component.updateMany({ where: { ownerId, component: id }, data: { removedAt: null } });
    if (known) return { id, version: known.version };
    const newest = await tx.component.findFirst({
      where: { ownerId, component: id },
      orderBy: { version: 'desc' },
      select: { version: true },
    });
    const version = Math.max(component.version, (newest?.version ?? 0) + 1);
    const numbered = graph.components?.map((one) => (one.key === key ? { ...one, version } : one));
    const document = JSON.stringify({ ...graph, name, components: numbered });
    await tx.component.create({ data: { ownerId, component: id, version, key, name, document } });
    return { id, version };
  });
}

/** All components of the library, each in its newest version, by name. */
export async function listComponents(db: Db, viewer: Viewer): Promise<StoredComponent[]> {
  const rows = await db.component.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null },
    orderBy: { version: 'desc' },
    distinct: ['component'],
  });
  return rows
    .map(({ component, version, name, document, savedAt }) => ({
      ...{ id: component, version, name, savedAt },
      graph: readDocument(document),
    }))
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

/** Takes a component out of the library. Graphs that use it keep it. False when there was none. */
export async function removeComponent(db: Db, viewer: Viewer, id: string): Promise<boolean> {
  const where = { ownerId: viewer.ownerId, component: id, removedAt: null };
  return (await db.component.updateMany({ where, data: { removedAt: new Date() } })).count > 0;
}
