import type { Models } from '../../nodes/values';
import type { Cache } from '../engine/cache';
import type { Queue } from '../queue/queue';
import type { RunFeed } from '../queue/run-feed';
import type { Blobs } from '../store/blobs';
import type { Db } from '../store/database';

/** The cards of all models there are, read from disk when asked again. */
export interface Library {
  models(): Promise<Models>;
  /** Looks at the model folders again. */
  rescan(): Promise<Models>;
}

/** What the web process may know and do about the cache: look, count, empty. Filling it is the executor's. */
export interface CacheView extends Pick<Cache, 'look' | 'seconds' | 'resumesAt'> {
  size(): { bytes: number; budget: number; entries: number };
  /** Forgets every result that can be made again. Returns the bytes that became free. */
  clear(): Promise<number>;
}

/** The parts of the server that procedures use. One of each in a process; tests make their own. */
export interface Services {
  db: Db;
  feed: RunFeed;
  queue: Queue;
  blobs: Blobs;
  library: Library;
  cache: CacheView;
  /** Folder of database, blobs and cache. */
  home: string;
  /** What enters fingerprints of nodes that compute, as the worker last reported it. */
  device(): string;
}
