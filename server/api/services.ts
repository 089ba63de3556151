import type { Models } from '../../nodes/values';
import type { Downloads } from '../hub/downloads';
import type { Catalog, CatalogPlaces } from '../inference/catalog';
import type { Verifier } from '../library/verify';
import type { Comparisons } from '../media/compare-process';
import type { PictureReaders } from '../media/picture-process';
import type { Thumbs } from '../media/thumbs';
import type { Queue } from '../queue/queue';
import type { RunFeed } from '../queue/run-feed';
import type { FileCache } from '../store/blobs-cache';
import type { Db } from '../store/database';
import type { LoopDelay } from './loop-delay';

/** All models there are, read from disk when asked again. */
export interface Library {
  places: CatalogPlaces;
  models(): Promise<Models>;
  /** The same with where they lie. */
  catalog(): Promise<Catalog>;
  /** Looks at the model folders again. */
  rescan(): Promise<Models>;
}

/** The parts of the server that procedures use. One of each in a process; tests make their own. */
export interface Services {
  db: Db;
  feed: RunFeed;
  queue: Queue;
  /** The same folder that the executor fills. This process only looks, counts, trims, and keeps uploads. */
  cache: FileCache;
  library: Library;
  /** Models on their way here from a hub. */
  downloads: Downloads;
  verifier: Verifier;
  /** Decode pictures of strangers, each in a process of its own: this one decodes nothing. */
  pictures: PictureReaders;
  thumbs: Thumbs;
  /** Measure pairs of films, in a process of their own. */
  comparisons: Comparisons;
  /** Folder of database, blobs and cache. */
  home: string;
  /** What enters fingerprints of nodes that compute, as the worker last reported it. */
  device(): string;
  delay: LoopDelay;
  close(): Promise<void>;
}
