import { Worker } from 'node:worker_threads';

/** In bytes. Pages of mapped files count as resident but not as private: they give way when others need their place. */
export interface MemoryPeak {
  resident: number;
  /** Absent where the system does not tell (only Linux does). */
  private?: number;
}

export interface MemoryWatch {
  /** The highest so far, of this process as a whole. */
  peak(): MemoryPeak;
  /** Forgets what was: what `peak` says next counts from here. Returns how it is now. */
  reset(): Promise<MemoryPeak>;
  stop(): Promise<void>;
}

const everyMs = 5;

/** A run blocks the event loop of its thread, so another one looks. */
const watcher = `
const { readFileSync } = require('node:fs');
const { workerData } = require('node:worker_threads');
const peaks = new Float64Array(workerData.shared);
const asleep = new Int32Array(new SharedArrayBuffer(4));
const look = () => {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const bytes = (field) => 1024 * Number(new RegExp(field + ':\\\\s+(\\\\d+) kB').exec(status)[1]);
    return [bytes('VmRSS'), bytes('RssAnon')];
  } catch {
    return [process.memoryUsage.rss(), 0];
  }
};
for (;;) {
  const now = look();
  for (const i of [0, 1]) if (now[i] > peaks[i]) peaks[i] = now[i];
  peaks[2] += 1;
  Atomics.wait(asleep, 0, 0, workerData.everyMs);
}`;

/** Watches the memory of this process from a thread of its own, every few milliseconds, until it is stopped. */
export async function watchMemory(): Promise<MemoryWatch> {
  const shared = new SharedArrayBuffer(24);
  const peaks = new Float64Array(shared);
  // Without this process's own flags: one of them may be that code is a module.
  const worker = new Worker(watcher, { eval: true, execArgv: [], workerData: { shared, everyMs } });
  worker.unref();
  const peak = () => ({ resident: peaks[0]!, ...(peaks[1] ? { private: peaks[1] } : {}) });
  const nextLook = async () => {
    const seen = peaks[2];
    while (peaks[2] === seen) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  // Its first look is before anything that is watched.
  await nextLook();
  return {
    peak,
    async reset() {
      peaks.fill(0, 0, 2);
      await nextLook();
      return peak();
    },
    stop: async () => void (await worker.terminate()),
  };
}
