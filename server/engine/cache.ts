import type { OutputSummary, StepSeen } from '../../nodes/events';
import type { Value } from '../../nodes/values';

/** Results of one node, wherever they lie: in memory, in the cache, or in files that live as long as the run. */
export interface Held {
  outputs: Record<string, OutputSummary>;
  /** What it took to compute them, waiting for disk left out. */
  seconds: number;
  /** Of what was denoised: how it looked, and how far it was. */
  seen?: StepSeen;
  /** One of them, checked against its hash when it comes from disk. Throws when it is damaged or gone. */
  value(port: string): Promise<Value>;
  /** A read has found them damaged or gone: the cache has forgotten them, and they must be made again. */
  isLost(): boolean;
  /** No one in this run needs them any more. What the cache keeps stays. */
  discard(): void;
}

export interface Fresh {
  fingerprint: string;
  /** Type of the node, for people who look into the cache. */
  type: string;
  /** Stands for the amount of work, see `workOf`: the next estimate is made from this run's seconds. */
  work: string;
  /** Seconds that `run` took; the time to read lazy frames is added while they are drained. */
  seconds: number;
  values: Readonly<Record<string, Value>>;
  seen?: StepSeen;
  /** Kept on the way to something else: not worth waiting for the disk. */
  isOnTheWay?: boolean;
  signal: AbortSignal;
}

/** The memory of all runs, by fingerprint. Handed to the engine; made by `server/store`. */
export interface Cache {
  /** What is held under a fingerprint; null when it, or any of its files, is missing. Reads no file of results. */
  look(fingerprint: string): Held | null;
  /** Takes new results in. Frames are drained to disk before anyone sees them. Throws `DiskFull`. */
  settle(fresh: Fresh): Promise<Held>;
  /** Seconds the same amount of work took the last time. */
  seconds(work: string): number | undefined;
  /** How many steps a killed run of this very node has left behind; null for none. */
  resumesAt(fingerprint: string): number | null;
  /** Marks entries as used, so that they are not evicted under a run that needs them. */
  touch(fingerprints: Iterable<string>): void;
}

/**
 * Bytes per second to write, hash and read back a result, on an ordinary SSD. A result is kept when making it again
 * takes longer than that.
 */
const keepingSpeed = 150e6;

/** Below this size a result is always kept: it costs nothing, and looking it up beats every computation. */
const alwaysKept = 1 << 20;

/** Whether a result is worth its place on disk. */
export const isWorthKeeping = (seconds: number, bytes: number, speed = keepingSpeed): boolean =>
  bytes <= alwaysKept || seconds > bytes / speed;

/** What is known of an entry when room must be made. */
export interface Candidate {
  seconds: number;
  bytes: number;
  /** Seconds since the epoch. */
  lastUsed: number;
  pinned: boolean;
}

/** Age at which an entry's worth has halved, in seconds: three days. */
const halfLife = 3 * 24 * 3600;

/**
 * What an entry is worth: seconds to make it again per byte, halved for every three days it lay unused. The least is
 * evicted first. This is the GreedyDual-Size idea (Cao and Irani, 1997) with time instead of an inflation counter,
 * so that it needs no state shared between processes.
 */
export const worth = ({ seconds, bytes, lastUsed }: Candidate, now: number): number =>
  (Math.max(seconds, 1e-4) / Math.max(bytes, 1)) * 2 ** (-Math.max(0, now - lastUsed) / halfLife);

/** Which entries to evict, cheapest first, until all the rest fit the budget. Pinned ones and `spared` ones stay. */
export function evictionOrder<C extends Candidate>(
  entries: readonly C[],
  about: { budget: number; now: number; spared(entry: C): boolean },
): C[] {
  let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const movable = entries.filter((entry) => !entry.pinned && !about.spared(entry));
  movable.sort((a, b) => worth(a, about.now) - worth(b, about.now));
  const evicted: C[] = [];
  for (const entry of movable) {
    if (total <= about.budget) break;
    evicted.push(entry);
    total -= entry.bytes;
  }
  return evicted;
}
