import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { wholeMemory } from './memory';

/** Where to look; tests look elsewhere. */
export interface Looking {
  platform?: NodeJS.Platform;
  /** Linux's tree of devices. */
  sysfs?: string;
}

/** The driver's program answers in well under a second; one that hangs is not waited for. In milliseconds. */
const patience = 5000;
/** Cards that say they have less share the machine's memory, and say so nowhere. */
const ownAtLeast = 4e9;

/**
 * Bytes of memory of this machine's graphics card, the largest of several; undefined where nobody can be asked without
 * loading a driver. NVIDIA's program says it for theirs, the kernel for AMD's; Apple's processors share all there is.
 */
export async function cardMemory({
  platform = process.platform,
  sysfs = '/sys',
}: Looking = {}): Promise<number | undefined> {
  if (platform === 'darwin') return wholeMemory();
  const found = [...(await nvidia()), ...(platform === 'linux' ? await amd(sysfs) : [])];
  return found.length ? Math.max(...found) : undefined;
}

let known: Promise<number | undefined> | undefined;
/** The same, asked once in this process. */
export const knownCardMemory = (): Promise<number | undefined> => (known ??= cardMemory());

/** One line for each card, in MiB. */
async function nvidia(): Promise<number[]> {
  const ask = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const told = await promisify(execFile)('nvidia-smi', ask, { timeout: patience, killSignal: 'SIGKILL' }).catch(() => ({
    stdout: '',
  }));
  return told.stdout.split('\n').flatMap((line) => (/^\s*\d+\s*$/.test(line) ? [Number(line) * 2 ** 20] : []));
}

/** `card0`, `card1` and so on; their connectors lie beside them. */
async function amd(sysfs: string): Promise<number[]> {
  const folder = join(/* turbopackIgnore: true */ sysfs, 'class', 'drm');
  const cards = (await readdir(folder).catch(() => [])).filter((name) => /^card\d+$/.test(name));
  const told = await Promise.all(
    cards.map((name) => readFile(join(folder, name, 'device', 'mem_info_vram_total'), 'utf8').catch(() => '')),
  );
  return told.map(Number).filter((bytes) => bytes >= ownAtLeast);
}
