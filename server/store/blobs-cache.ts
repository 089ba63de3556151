import fs from 'node:fs';
import path from 'node:path';
import type { StepSeen } from '../../nodes/events';
import { pausedPrint } from '../../nodes/fingerprint';
import type { Kind } from '../../nodes/values';
import { type Cache, type Fresh, type Held, isWorthKeeping } from '../engine/cache';
import { summaryOf } from '../engine/summary';
import { openBlobs } from './blobs';
import { ownName, sweepDead } from './blobs-alive';
import { openCheckpoints } from './blobs-checkpoints';
import { type Entry, type EntryOutput, openEntries } from './blobs-entries';
import { DiskFull, isDiskFull } from './blobs-errors';
import { drainFrames, framesBytes } from './blobs-frames';
import { heldEntry, heldForRun, type Made, madeBytes, storeOutput } from './blobs-held';
import { openTimings } from './blobs-timings';
import { entryBytes, trimCache } from './blobs-trim';
import { isTensor, tensorParts } from './blobs-values';

/** Results that took at least so many seconds are worth a sync to the disk; cheaper ones may be lost in a power cut. */
const worthSyncing = 0.1;

/** As many steps as a denoiser may have. */
const mostSteps = 1000;

/** Words that took less than this many seconds are not worth an entry. */
const worthAnEntry = 0.01;

export interface CacheOptions {
  /** Largest size of all cached results, in bytes. Default: `SKEIN_CACHE_BYTES`, else 20 GB. */
  budget?: number;
  /** Bytes per second that results are kept and read back at, for the choice of what to keep. Default: an ordinary SSD's. */
  keepingSpeed?: number;
}

export interface FileCache extends Cache {
  /** Films, pictures and uploads: `<data>/blobs`. Never evicted by the cache. */
  files: ReturnType<typeof openBlobs>;
  checkpoints: ReturnType<typeof openCheckpoints>;
  /** To be called before a run touches anything; call the answer after it. What the run uses is spared meanwhile. */
  beginRun(): () => void;
  /** Evicts down to the budget, or to so many bytes. Returns what remains. */
  trim(bytes?: number): Promise<number>;
  /** A pinned entry is never evicted. False when there is no such entry. */
  pin(fingerprint: string, isPinned: boolean): boolean;
  /** What is kept of the way to a result, by the result's fingerprint, and how the result itself looked. */
  steps(whole: string): { kept: StepSeen[]; last?: StepSeen };
  /** Digests of the files of `files` that cached results name. */
  fileDigests(): AsyncIterable<string>;
  /** What the cache holds, in numbers. */
  size(): Promise<{ entries: number; bytes: number; pinned: number; budget: number }>;
}

/**
 * The cache of one data folder. The files are the truth: any number of processes may use one folder at once, and
 * deleting `<data>/cache` while nothing runs is always safe.
 */
export function openCache(dataFolder: string, options: CacheOptions = {}): FileCache {
  const folder = path.join(dataFolder, 'cache');
  const budget = options.budget ?? budgetFrom(process.env.SKEIN_CACHE_BYTES);
  const files = openBlobs(path.join(dataFolder, 'blobs'));
  const values = openBlobs(path.join(folder, 'values'));
  const entries = openEntries(path.join(folder, 'entries'));
  const timings = openTimings(path.join(folder, 'timings.json'));
  const checkpoints = openCheckpoints(path.join(dataFolder, 'checkpoints'));
  const running = path.join(folder, 'running');
  const spool = path.join(folder, 'spool', ownName());
  let total: Promise<number> | undefined;
  let living = 0;

  const isThere = (entry: Entry): boolean =>
    Object.values(entry.outputs).every(
      ({ blob, file }: EntryOutput) =>
        (!blob || values.bytes(blob.sha256) === blob.bytes) && (!file || files.bytes(file.sha256) === file.bytes),
    );

  const trim = (bytes = budget): Promise<number> => {
    sweepDead(path.join(folder, 'spool'));
    total = trimCache({ entries, values, files, isThere, budget: bytes, since: sweepDead(running) });
    return total;
  };

  /** Frees at least so many bytes; true when anything was evicted. */
  const makeRoom = async (bytes: number): Promise<boolean> => {
    const before = await trim();
    return before > 0 && (await trim(Math.max(0, before - bytes))) < before;
  };

  const drain = async (
    value: Fresh['values'][string],
    about: { file: string; signal: AbortSignal },
  ): Promise<{ made: Made; seconds: number }> => {
    const summary = summaryOf(value);
    if (value.kind !== 'frames') {
      return { made: { summary, value, parts: isTensor(value) ? tensorParts(value) : undefined }, seconds: 0 };
    }
    const { file, signal } = about;
    fs.mkdirSync(spool, { recursive: true });
    fs.rmSync(file, { force: true });
    try {
      const { id, stored, seconds } = await drainFrames(value, file, { signal, makeRoom });
      return { made: { summary, file, id, stored }, seconds };
    } catch (error) {
      fs.rmSync(file, { force: true });
      throw isDiskFull(error) ? new DiskFull(folder, framesBytes(value), error) : error;
    }
  };

  const settle: Cache['settle'] = async (fresh) => {
    const made = new Map<string, Made>();
    let { seconds } = fresh;
    try {
      for (const [port, value] of Object.entries(fresh.values)) {
        const file = path.join(spool, `${fresh.fingerprint}.${port}`);
        const drained = await drain(value, { file, signal: fresh.signal });
        seconds += drained.seconds;
        made.set(port, drained.made);
      }
      const held = await keep({ ...fresh, seconds }, made);
      checkpoints.remove(fresh.fingerprint);
      timings.note(fresh.work, seconds);
      return held;
    } catch (error) {
      for (const one of made.values()) if ('file' in one) fs.rmSync(one.file, { force: true });
      throw error;
    }
  };

  /** Stores what is worth it. A full disk costs only the keeping, as long as all is in memory or already on disk. */
  const keep = async (fresh: Fresh, made: ReadonlyMap<string, Made>): Promise<Held> => {
    const { fingerprint, type, seconds, seen } = fresh;
    if (!isKept(made, seconds, options.keepingSpeed)) return heldForRun(made, seconds);
    const durable = seconds >= worthSyncing && !fresh.isOnTheWay;
    const about = { type, seconds, created: Date.now(), pinned: false, ...(seen ? { seen } : {}) };
    const entry: Entry = { format: 1, fingerprint, ...about, outputs: {} };
    const store = async () => {
      for (const [port, one] of made) entry.outputs[port] ??= await storeOutput(one, { values, durable });
      entries.write(entry, durable);
    };
    try {
      await store().catch(async (error: unknown) => {
        if (!isDiskFull(error) || !(await makeRoom(madeBytes(made)))) throw error;
        await store();
      });
    } catch (error) {
      const isWhole = [...made.values()].every((one) => !('file' in one) || fs.existsSync(one.file));
      if (isDiskFull(error) && isWhole) return heldForRun(made, seconds);
      throw error;
    }
    await account(entryBytes(entry));
    return heldEntry(entry, { entries, values, memory: made });
  };

  const account = async (added: number): Promise<void> => {
    if (!added) return;
    // The first sum is made in the background: counting must not hold up the run.
    // What goes wrong with it is no fault of what was just kept: it is counted again the next time.
    try {
      if (!total) trim().catch(() => {});
      else {
        const sum = (await total) + added;
        total = Promise.resolve(sum);
        if (sum > budget) await trim();
      }
    } catch {
      total = undefined;
    }
  };

  return {
    files,
    checkpoints,
    trim,
    settle,
    seconds: timings.seconds,

    look(fingerprint) {
      const entry = entries.read(fingerprint);
      return entry && isThere(entry) ? heldEntry(entry, { entries, values }) : null;
    },

    resumesAt(fingerprint) {
      const index = checkpoints.peek(fingerprint);
      return index === null ? null : index + 1;
    },

    touch(fingerprints) {
      for (const fingerprint of fingerprints) entries.touch(fingerprint);
    },

    beginRun() {
      const marker = path.join(running, ownName());
      fs.mkdirSync(running, { recursive: true });
      fs.writeFileSync(marker, '');
      checkpoints.sweep();
      living += 1;
      return () => {
        living -= 1;
        fs.rmSync(marker, { force: true });
        // Runs of one process share the spool.
        if (!living) fs.rmSync(spool, { recursive: true, force: true });
        timings.save();
      };
    },

    steps(whole) {
      const seen = (print: string) => {
        const entry = entries.read(print);
        return entry?.seen && isThere(entry) ? entry.seen : undefined;
      };
      const last = seen(whole);
      const count = last ? last.of - 1 : mostSteps;
      const kept = Array.from({ length: count }, (_, i) => seen(pausedPrint(whole, i + 1)));
      return { kept: kept.filter((one) => one !== undefined), ...(last ? { last } : {}) };
    },

    pin(fingerprint, isPinned) {
      const entry = entries.read(fingerprint);
      if (entry) entries.write({ ...entry, pinned: isPinned }, true);
      return entry !== null;
    },

    async *fileDigests() {
      for await (const { entry } of entries.list())
        for (const { file, inline } of Object.values(entry.outputs)) {
          if (file) yield file.sha256;
          if (inline?.kind === 'file') yield inline.sha256;
        }
    },

    async size() {
      const sum = { entries: 0, bytes: 0, pinned: 0, budget };
      for await (const { entry } of entries.list()) {
        sum.entries += 1;
        sum.bytes += entryBytes(entry);
        sum.pinned += entry.pinned ? 1 : 0;
      }
      return sum;
    },
  };
}

/** References to models, which may be renamed, and what settings say: made again in no time. */
const instant: ReadonlySet<Kind> = new Set(['model', 'sigmas', 'guidance']);

/** What takes no time is never kept; all else when making it again takes longer than reading it. */
function isKept(made: ReadonlyMap<string, Made>, seconds: number, speed?: number): boolean {
  const all = [...made.values()];
  if (all.some(({ summary }) => instant.has(summary.kind))) return false;
  if (all.every(({ summary }) => summary.kind === 'text')) return seconds >= worthAnEntry;
  return isWorthKeeping(seconds, madeBytes(made), speed);
}

function budgetFrom(text: string | undefined): number {
  if (!text) return 20e9;
  const bytes = Number(text);
  if (!(bytes >= 0))
    throw new Error(`SKEIN_CACHE_BYTES is "${text}". Give a number of bytes, for example 20000000000.`);
  return bytes;
}
