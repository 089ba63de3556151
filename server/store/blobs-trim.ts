import fs from 'node:fs';
import path from 'node:path';
import { evictionOrder } from '../engine/cache';
import type { Blobs } from './blobs';
import type { Entries, Entry } from './blobs-entries';

/** Bytes an entry and the cache's own blobs hold for it; films and uploads are not the cache's to remove. */
export const entryBytes = (entry: Entry): number =>
  Object.values(entry.outputs).reduce(
    (sum, { blob, tensor }) => sum + (blob?.bytes ?? 0) + (tensor?.length ?? 0),
    entry.seen?.preview?.url.length ?? 0,
  );

const orphanAge = 3600e3;
const scratchAge = 24 * 3600e3;

/** Entries that hold no bytes cost nothing; still they go when nobody used them for so many seconds: 60 days. */
const forgottenAfter = 60 * 24 * 3600;

/**
 * Brings the cache below its budget: evicts the entries that are worth least, then removes blobs that no entry names
 * (also those a killed process left). Spares what was used since `since` (milliseconds): a living run may need it.
 * Returns the bytes that remain.
 */
export async function trimCache(about: {
  entries: Entries;
  values: Blobs;
  files: Blobs;
  /** Whether all blobs an entry names are there; entries of which one is gone are of no use. */
  isThere(entry: Entry): boolean;
  budget: number;
  since: number;
}): Promise<number> {
  const { entries, values, isThere, budget, since } = about;
  const all: {
    fingerprint: string;
    blobs: string[];
    bytes: number;
    seconds: number;
    pinned: boolean;
    lastUsed: number;
  }[] = [];
  for await (const { entry, lastUsed } of entries.list()) {
    if (!isThere(entry) || (!entryBytes(entry) && Date.now() / 1000 - lastUsed > forgottenAfter)) {
      entries.remove(entry.fingerprint);
      continue;
    }
    const blobs = Object.values(entry.outputs).flatMap((output) => output.blob?.sha256 ?? []);
    const { fingerprint, seconds, pinned } = entry;
    all.push({ fingerprint, blobs, bytes: entryBytes(entry), seconds, pinned, lastUsed });
  }
  const spared = (entry: { lastUsed: number; bytes: number }) => !entry.bytes || entry.lastUsed * 1000 >= since;
  const gone = new Set(evictionOrder<(typeof all)[number]>(all, { budget, now: Date.now() / 1000, spared }));
  for (const { fingerprint } of gone) entries.remove(fingerprint);

  const kept = all.filter((entry) => !gone.has(entry));
  const named = new Set(kept.flatMap((entry) => entry.blobs));
  for (const { blobs } of gone) for (const blob of blobs) if (!named.has(blob)) values.remove(blob);
  await removeOrphans(values.folder, named, Math.min(since, Date.now() - orphanAge));
  // Films and uploads in the making when their process was killed. Living ones are written to all the time.
  await removeOld(path.join(about.files.folder, 'tmp'), new Set(), Math.min(since, Date.now() - scratchAge));
  return kept.reduce((sum, entry) => sum + entry.bytes, 0);
}

/** Removes files of the store that no entry names and that are older than a time in milliseconds. */
async function removeOrphans(folder: string, named: ReadonlySet<string>, before: number): Promise<void> {
  for (const fan of await fs.promises.readdir(folder).catch((): string[] => [])) {
    await removeOld(path.join(folder, fan), named, before);
  }
}

async function removeOld(folder: string, named: ReadonlySet<string>, before: number): Promise<void> {
  for (const name of await fs.promises.readdir(folder).catch((): string[] => [])) {
    if (named.has(name)) continue;
    const whole = path.join(folder, name);
    const stat = await fs.promises.lstat(whole).catch(() => null);
    // A folder, when the one who was killed kept several files.
    if (stat && stat.mtimeMs < before) await fs.promises.rm(whole, { force: true, recursive: true });
  }
}
