import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ownFolder, toRun } from '../programs';
import type { Trial } from './devices';
import type { Device } from './session';

/** Shaders are compiled the first time; a device that needs longer is of no use. */
const patience = 60_000;

/**
 * Tries devices in a process of its own, all in one; when that one dies, each alone, so that it is known which of them
 * killed it.
 */
export async function tryApart(names: readonly Device['name'][]): Promise<Trial[]> {
  try {
    return await inChild(names);
  } catch (error) {
    if (names.length > 1) return (await Promise.all(names.map((name) => tryApart([name])))).flat();
    const how = error instanceof Error && 'killed' in error && error.killed ? 'did not end' : 'crashed';
    return names.map((name) => ({ name, says: `Its trial ${how}: most likely the driver is broken.` }));
  }
}

async function inChild(names: readonly Device['name'][]): Promise<Trial[]> {
  const args = [...toRun('server/inference/try-devices.ts'), ...names];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ownFolder,
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  // The script prints exactly this, as its last line.
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Trial[];
}
