import type { FileCache } from './blobs-cache';
import type { Db } from './database';
import { pruneBlobs } from './prune-blobs';
import { pruneEvents } from './prune-events';

const hour = 3600e3;

/** All settings of pruning, in milliseconds and numbers. */
export interface PruneLimits {
  /** What nothing refers to is left alone for so long; what was put away less long ago still counts as a reference. */
  graceMs: number;
  /** Events of runs that ended so long ago are forgotten: a tab that was away for less misses nothing. */
  eventsMs: number;
  /** Rows in one transaction: others wait for it. */
  batch: number;
  /** Rows and files that are removed in one go at most; the rest has its turn the next day. */
  most: number;
  /** From the opening of the database to the first pruning, and from one to the next. */
  firstMs: number;
  everyMs: number;
}

export const pruneLimits: PruneLimits = {
  graceMs: 24 * hour,
  eventsMs: 14 * 24 * hour,
  batch: 500,
  most: 20_000,
  firstMs: 60_000,
  everyMs: 24 * hour,
};

export interface Pruned {
  events: number;
  blobs: number;
  bytes: number;
}

/** Removes what has been of no use for long: events of old runs, and files that nothing refers to. */
export async function prune(
  { db, cache }: { db: Db; cache: Pick<FileCache, 'files' | 'fileDigests'> },
  limits: PruneLimits = pruneLimits,
): Promise<Pruned> {
  const events = await pruneEvents(db, limits);
  const { blobs, bytes } = await pruneBlobs({ db, cache }, limits);
  return { events, blobs, bytes };
}

/** Prunes soon after the start and then once a day. `stop` waits for what is under way. */
export function pruneDaily(
  about: Parameters<typeof prune>[0],
  { limits = pruneLimits, report }: { limits?: PruneLimits; report(error: unknown): void },
): { stop(): Promise<void> } {
  let going: Promise<unknown> = Promise.resolve();
  const now = () => {
    going = going.then(() => prune(about, limits)).catch(report);
  };
  let every: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    now();
    every = setInterval(now, limits.everyMs).unref();
  }, limits.firstMs).unref();
  return {
    async stop() {
      clearTimeout(first);
      clearInterval(every);
      await going;
    },
  };
}
