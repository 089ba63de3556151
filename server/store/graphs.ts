import { createHash } from 'node:crypto';
import { type Graph, readGraph } from '../../nodes/graph';
import { wordsOf } from '../../nodes/tags';
import { type Db, type Tx, transact, type Viewer } from './database';
import { newId } from './new-id';

/** How many versions of a graph are kept. Copies of lost races and named versions do not count and are never dropped. */
const versionsKept = 200;

export interface StoredGraph {
  id: string;
  name: string;
  /** The version of `graph`. */
  version: number;
  /** The newest version in the history. */
  head: number;
  graph: Graph;
  updatedAt: Date;
}

/** What became of a save: a new version, or the news that another tab was faster and where the late copy went. */
export type Saved =
  | { saved: true; version: number }
  | { saved: false; current: number; kept: number; graph: Graph; savedAt: Date };

const write = (graph: Graph) => JSON.stringify(graph);
/** What the list of graphs shows and is searched by, without reading documents. */
const listed = (graph: Graph) => ({ name: graph.name, tags: JSON.stringify(graph.tags ?? []), words: wordsOf(graph) });
const digestOf = (document: string) => createHash('sha256').update(document).digest('hex');

/** Reads what we wrote ourselves; nodes of older versions are migrated on the way. */
export function readDocument(document: string): Graph {
  const read = readGraph(document);
  if (read.problem !== undefined)
    throw new Error(`A stored graph cannot be read: ${read.problem} Restore an older version of it.`);
  return read.graph;
}

/** All graphs, newest first, with the latest film each has made. */
export async function listGraphs(db: Db, viewer: Viewer) {
  const rows = await db.graph.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null },
    orderBy: { updatedAt: 'desc' },
    select: { id: true, name: true, version: true, tags: true, words: true, createdAt: true, updatedAt: true },
  });
  const covers = await db.asset.findMany({
    where: { ownerId: viewer.ownerId, graphId: { in: rows.map((row) => row.id) }, origin: 'result', removedAt: null },
    orderBy: { createdAt: 'desc' },
    distinct: ['graphId'],
    select: { graphId: true, id: true, mime: true },
  });
  const cover = new Map(covers.map((asset) => [asset.graphId, { asset: asset.id, mime: asset.mime }]));
  // Sound: only `listed` writes this column.
  return rows.map((row) => ({ ...row, tags: JSON.parse(row.tags) as string[], cover: cover.get(row.id) }));
}

/** One graph, its newest version or a named one; null when there is none. */
export async function getGraph(
  db: Db,
  viewer: Viewer,
  at: { id: string; version?: number },
): Promise<StoredGraph | null> {
  const row = await db.graph.findFirst({ where: { id: at.id, ownerId: viewer.ownerId, removedAt: null } });
  if (!row) return null;
  const version = at.version ?? row.version;
  const stored = await db.graphVersion.findUnique({ where: { graphId_version: { graphId: row.id, version } } });
  if (!stored) return null;
  const graph = readDocument(stored.document);
  return { id: row.id, name: row.name, version, head: row.version, graph, updatedAt: row.updatedAt };
}

/** Stores a new graph as version 1. */
export async function createGraph(db: Db, viewer: Viewer, graph: Graph): Promise<{ id: string; version: number }> {
  const id = newId();
  const document = write(graph);
  const first = { ownerId: viewer.ownerId, version: 1, document, digest: digestOf(document), base: 0, reason: 'save' };
  await transact(db, (tx) =>
    tx.graph.create({
      data: {
        id,
        ownerId: viewer.ownerId,
        ...listed(graph),
        version: 1,
        counter: 1,
        updatedAt: new Date(),
        versions: { create: first },
      },
    }),
  );
  return { id, version: 1 };
}

/**
 * Saves on top of `baseVersion`. When that is no longer the newest, nothing is overwritten: the late copy is kept as a
 * version of its own beside the history, and the caller is told both. An unchanged document makes no new version.
 */
export function saveGraph(
  db: Db,
  viewer: Viewer,
  change: { id: string; graph: Graph; baseVersion: number; reason?: 'save' | 'restore' | 'pick' },
): Promise<Saved | null> {
  return transact(db, async (tx) => {
    const row = await tx.graph.findFirst({ where: { id: change.id, ownerId: viewer.ownerId, removedAt: null } });
    if (!row) return null;
    const document = write(change.graph);
    const digest = digestOf(document);
    const head = await tx.graphVersion.findUniqueOrThrow({
      where: { graphId_version: { graphId: row.id, version: row.version } },
    });
    if (head.digest === digest) return { saved: true, version: row.version };
    const late = change.baseVersion !== row.version;
    const version = row.counter + 1;
    const data = { graphId: row.id, ownerId: viewer.ownerId, version, document, digest, base: change.baseVersion };
    await tx.graphVersion.create({ data: { ...data, reason: late ? 'conflict' : (change.reason ?? 'save') } });
    if (late) {
      await tx.graph.update({ where: { id: row.id }, data: { counter: version } });
      return {
        saved: false,
        current: row.version,
        kept: version,
        graph: readDocument(head.document),
        savedAt: head.savedAt,
      };
    }
    const now = new Date();
    await tx.graph.update({
      where: { id: row.id },
      data: { ...listed(change.graph), version, counter: version, updatedAt: now },
    });
    await dropOld(tx, row.id);
    return { saved: true, version };
  });
}

async function dropOld(tx: Tx, graphId: string) {
  const oldest = await tx.graphVersion.findFirst({
    where: { graphId, reason: { not: 'conflict' }, name: null },
    orderBy: { version: 'desc' },
    skip: versionsKept - 1,
    select: { version: true },
  });
  if (!oldest) return;
  await tx.graphVersion.deleteMany({
    where: { graphId, reason: { not: 'conflict' }, name: null, version: { lt: oldest.version } },
  });
}

/** The history of a graph, newest first, without the documents. */
export async function listVersions(db: Db, viewer: Viewer, id: string) {
  return db.graphVersion.findMany({
    where: { graphId: id, ownerId: viewer.ownerId, graph: { removedAt: null } },
    orderBy: { version: 'desc' },
    select: { version: true, base: true, reason: true, name: true, savedAt: true },
  });
}

/** Calls a version something; null takes the name away. False when there is no such version. */
export async function nameVersion(
  db: Db,
  viewer: Viewer,
  about: { id: string; version: number; name: string | null },
): Promise<boolean> {
  const { id: graphId, version, name } = about;
  const where = { graphId, version, ownerId: viewer.ownerId, graph: { removedAt: null } };
  return (await db.graphVersion.updateMany({ where, data: { name } })).count === 1;
}

/** Puts a graph away. Its runs and results stay. */
export async function removeGraph(db: Db, viewer: Viewer, id: string): Promise<boolean> {
  const where = { id, ownerId: viewer.ownerId, removedAt: null };
  return (await db.graph.updateMany({ where, data: { removedAt: new Date() } })).count === 1;
}
