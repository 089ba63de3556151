import { open, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const beatMs = 2000;
/** Whoever holds a lock touches it every two seconds; one untouched for so long was left by a process that died. */
const staleMs = 15_000;
const lookMs = 200;

/**
 * Does `work` while no other process does the same. Another that comes later waits and is asked, again and again, whether
 * it still wants to (`isDone`): most often the first has done it for both. Without a place to write, everybody works.
 */
export async function once<T>(
  lock: string,
  { isDone, work }: { isDone(): Promise<T | null>; work(): Promise<T> },
): Promise<T> {
  for (;;) {
    const done = await isDone();
    if (done !== null) return done;
    const taken = await take(lock);
    if (taken === 'by another') {
      await sleep(lookMs);
      continue;
    }
    if (taken === 'nowhere to write') return work();
    const letGo = keep(lock);
    try {
      // It may have been done between the question and the lock.
      return (await isDone()) ?? (await work());
    } finally {
      await letGo();
    }
  }
}

/** Takes a lock for as long as this process likes; returns how to let go of it, or null while another process has it. */
export async function hold(lock: string): Promise<(() => Promise<void>) | null> {
  // One left by a process that died is taken away by the first look, and free for the second.
  for (let tries = 0; tries < 2; tries++) {
    const taken = await take(lock);
    if (taken === 'ours') return keep(lock);
    if (taken === 'nowhere to write')
      throw new Error(`${lock} cannot be written. Make room, or check who owns the folder.`);
  }
  return null;
}

/** Whether a living process has it. */
export async function isHeld(lock: string): Promise<boolean> {
  const about = await stat(lock).catch(() => null);
  return about !== null && Date.now() - about.mtimeMs <= staleMs;
}

function keep(lock: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined);
  }, beatMs);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(lock, { force: true });
  };
}

async function take(lock: string): Promise<'ours' | 'by another' | 'nowhere to write'> {
  try {
    await (await open(lock, 'wx')).close();
    return 'ours';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return 'nowhere to write';
    const about = await stat(lock).catch(() => null);
    if (about && Date.now() - about.mtimeMs > staleMs) await rm(lock, { force: true });
    return 'by another';
  }
}
