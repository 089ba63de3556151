import fs from 'node:fs';
import path from 'node:path';
import type { Blobs } from './blobs';
import type { FileCache } from './blobs-cache';
import { type Db, type Tx, transact } from './database';
import type { PruneLimits } from './prune';

/** Documents that are read at a time. */
const page = 50;

/**
 * Removes uploads and films that nothing refers to any more: no file in the library, no version of a graph, no run, no
 * cached result. Whatever is not a plain file named after a digest is not ours and is left alone.
 */
export async function pruneBlobs(
  { db, cache }: { db: Db; cache: Pick<FileCache, 'files' | 'fileDigests'> },
  { graceMs, batch, most }: PruneLimits,
): Promise<{ blobs: number; bytes: number }> {
  const begun = new Date();
  const before = begun.getTime() - graceMs;
  const left = await oldBlobs(cache.files, before);
  if (left.size) await spareCached(cache, left);
  if (left.size) await spareReferenced(db, left, { away: new Date(before), page });
  let blobs = 0;
  let bytes = 0;
  const found = [...left].slice(0, most);
  for (let at = 0; at < found.length; at += batch) {
    const some = new Set(found.slice(at, at + batch));
    // Nothing is saved or started while this goes on, and what was meanwhile is looked at once more.
    await transact(db, async (tx) => {
      await spareReferenced(tx, some, { away: new Date(before), since: begun, page });
      for (const sha256 of some) {
        const size = await removeOld(cache.files, sha256, before);
        if (size === null) continue;
        blobs += 1;
        bytes += size;
      }
    });
  }
  return { blobs, bytes };
}

/** Digests of blobs that were written before a time in milliseconds. */
async function oldBlobs(files: Blobs, before: number): Promise<Set<string>> {
  const found = new Set<string>();
  for (const fan of await fs.promises.readdir(files.folder).catch((): string[] => [])) {
    if (!/^[0-9a-f]{2}$/.test(fan)) continue;
    for (const name of await fs.promises.readdir(path.join(files.folder, fan)).catch((): string[] => [])) {
      if (!/^[0-9a-f]{64}$/.test(name) || files.bytes(name) === null) continue;
      const stat = await fs.promises.stat(files.path(name)).catch(() => null);
      if (stat && stat.mtimeMs < before) found.add(name);
    }
  }
  return found;
}

/** A file that was uploaded again since then has a new time, and stays. */
async function removeOld(files: Blobs, sha256: string, before: number): Promise<number | null> {
  const stat = await fs.promises.stat(files.path(sha256)).catch(() => null);
  if (!stat || stat.mtimeMs >= before) return null;
  files.remove(sha256);
  return stat.size;
}

async function spareCached(cache: Pick<FileCache, 'fileDigests'>, left: Set<string>): Promise<void> {
  for await (const sha256 of cache.fileDigests()) left.delete(sha256);
}

/** Takes out of `left` what is referred to: by rows written after `since`, or by any. `away`: put away before does not count. */
async function spareReferenced(
  db: Db | Tx,
  left: Set<string>,
  { away, since, page }: { away: Date; since?: Date; page: number },
): Promise<void> {
  const isHere = { OR: [{ removedAt: null }, { removedAt: { gte: away } }] };
  const digests = [...left];
  for (let at = 0; at < digests.length; at += 500) {
    const where = { sha256: { in: digests.slice(at, at + 500) }, ...isHere };
    for (const { sha256 } of await db.asset.findMany({ where, distinct: ['sha256'], select: { sha256: true } }))
      left.delete(sha256);
  }
  const spare = (text: string | null) => {
    for (const [sha256] of text?.matchAll(/[0-9a-f]{64}/g) ?? []) left.delete(sha256);
  };
  // By key, not by number: rows that go meanwhile must not make others be passed over.
  let version = { graphId: '', version: 0 };
  while (left.size) {
    const beyond = [
      { graphId: { gt: version.graphId } },
      { graphId: version.graphId, version: { gt: version.version } },
    ];
    const rows = await db.graphVersion.findMany({
      where: { OR: beyond, graph: isHere, ...(since ? { savedAt: { gte: since } } : {}) },
      orderBy: [{ graphId: 'asc' }, { version: 'asc' }],
      ...{ take: page, select: { graphId: true, version: true, document: true } },
    });
    for (const { document } of rows) spare(document);
    version = rows.at(-1) ?? version;
    if (rows.length < page) break;
  }
  // A run that was put away counts as long as one of its results is kept: its graph can be opened from there.
  const runs = { OR: [...isHere.OR, { assets: { some: isHere } }] };
  let last = '';
  while (left.size) {
    const rows = await db.run.findMany({
      where: { ...runs, id: { gt: last }, ...(since ? { queuedAt: { gte: since } } : {}) },
      orderBy: { id: 'asc' },
      ...{ take: page, select: { id: true, document: true, nodes: { select: { outputs: true } } } },
    });
    for (const { document, nodes } of rows)
      for (const text of [document, ...nodes.map((one) => one.outputs)]) spare(text);
    last = rows.at(-1)?.id ?? last;
    if (rows.length < page) break;
  }
}
