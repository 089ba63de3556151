import { mkdtemp, realpath, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Skipped {
  skipped: string;
}

/** Does it in a new folder with so many bytes of room, in SKEIN_BENCH_FOLDER or the temporary one, and removes the folder. */
export async function inScratch<T>(bytes: number, doIt: (folder: string) => Promise<T>): Promise<T | Skipped> {
  const folder = await realpath(await mkdtemp(join(process.env['SKEIN_BENCH_FOLDER'] ?? tmpdir(), 'skein-bench-')));
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize > bytes) return await doIt(folder);
    const says = `${folder} has less than ${Math.ceil(bytes / 1e9)} GB free.`;
    return { skipped: `${says} Set SKEIN_BENCH_FOLDER to a folder on a larger disk.` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
