import path from 'node:path';
import { Verifier } from '../library/verify';
import { Comparisons } from '../media/compare-process';
import { PictureReaders } from '../media/picture-process';
import { Thumbs } from '../media/thumbs';
import { doorNote } from '../queue/door-note';
import { LocalQueue } from '../queue/local';
import { RunFeed } from '../queue/run-feed';
import { openCache } from '../store/blobs-cache';
import { openDatabase } from '../store/database';
import { databaseUrl, home, modelFolders } from '../store/home';
import { pruneDaily } from '../store/prune';
import { openLibrary } from './library';
import { watchLoopDelay } from './loop-delay';
import { openDownloads } from './open-downloads';
import type { Services } from './services';

export interface ServicesOptions {
  home: string;
  databaseUrl: string;
  modelFolders: readonly string[];
  /** Where the worker connects; without it runs wait. */
  door?: { address: string; secret: string; note?: string };
}

/** Opens database, queue, cache and library. The database is migrated before. */
export async function openServices(options: ServicesOptions): Promise<Services> {
  const db = await openDatabase(options.databaseUrl);
  const feed = new RunFeed();
  const { door } = options;
  // Not expected to happen; the log of the web process is where to look.
  const report = (error: unknown) => console.error('queue:', error);
  const queue = await LocalQueue.open({ db, feed, ...(door ? { door } : {}), report });
  const cache = openCache(options.home);
  const pruning = pruneDaily({ db, cache }, { report: (error) => console.error('pruning:', error) });
  const delay = watchLoopDelay();
  const pictures = new PictureReaders();
  const comparisons = new Comparisons(path.join(options.home, 'cache', 'comparisons'));
  const library = openLibrary({ modelFolders: options.modelFolders, dataFolder: options.home });
  const downloads = openDownloads(options.home, { db, library });
  let device = 'cpu/fp32';
  return {
    db,
    feed,
    queue,
    cache,
    library,
    downloads,
    verifier: new Verifier(library.places, library.rescan),
    pictures,
    thumbs: new Thumbs(pictures),
    comparisons,
    home: options.home,
    delay,
    device: () => {
      device = queue.workers()[0]?.device?.key ?? device;
      return device;
    },
    async close() {
      feed.close();
      delay.stop();
      pictures.close();
      comparisons.close();
      await downloads.close();
      await queue.close();
      await pruning.stop();
      await db.$disconnect();
    },
  };
}

/** From the environment that the supervisor sets. */
function fromEnvironment(): ServicesOptions {
  const { SKEIN_DOOR: address, SKEIN_DOOR_SECRET: secret } = process.env;
  const door = address && secret ? { door: { address, secret, note: doorNote(home()) } } : {};
  return { home: home(), databaseUrl: databaseUrl(), modelFolders: modelFolders(), ...door };
}

// Next bundles instrumentation and routes apart: each has its own copy of this module, and they must share one object.
const shared: { skeinServices?: Promise<Services> } = globalThis as { skeinServices?: Promise<Services> };

/** The one `Services` of this process, opened on first use. */
export function services(): Promise<Services> {
  shared.skeinServices ??= openServices(fromEnvironment()).catch((error: unknown) => {
    shared.skeinServices = undefined;
    throw error;
  });
  return shared.skeinServices;
}
