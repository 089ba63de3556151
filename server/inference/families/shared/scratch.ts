import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Numbers up to 4 in steps of 1/8191: a sixtieth of what a byte of a picture can tell. */
const scale = 8191;

/** What lies in memory and only looks like a disk, by the number Linux gives it: putting aside there saves nothing. */
const memoryDisk = 0x01021994;

/** How numbers are kept: `short` in 16 bits, those between -4 and 4; `exact` as they are, in 32. */
export type Keeping = 'short' | 'exact';
const bytesOf = { short: 2, exact: 4 } as const;

/** Numbers put aside on the disk, so that no film is held in memory. */
export class Scratch {
  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
    private readonly keeping: Keeping,
  ) {}

  static async open(keeping: Keeping): Promise<Scratch> {
    const folder = await mkdtemp(join(await disk(), 'skein-tiles-'));
    try {
      return new Scratch(folder, await open(join(folder, 'frames'), 'w+'), keeping);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Writes numbers from place `at` on. Throws a sentence when the disk is full. */
  async write(numbers: Float32Array, at: number): Promise<void> {
    const kept = this.keeping === 'exact' ? numbers : shortened(numbers);
    const bytes = new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
    try {
      const start = bytesOf[this.keeping] * at;
      for (let done = 0; done < bytes.length; ) {
        done += (await this.file.write(bytes, done, bytes.length - done, start + done)).bytesWritten;
      }
    } catch (error) {
      throw new Error(
        `The frames of a large clip are put aside in ${this.folder} while it is decoded, and that failed. Make room there, or point TMPDIR to another disk. (${error instanceof Error ? error.message : String(error)})`,
        { cause: error },
      );
    }
  }

  /** Fills `numbers` with those from place `at` on. */
  async read(numbers: Float32Array, at: number): Promise<void> {
    const kept = this.keeping === 'exact' ? numbers : new Int16Array(numbers.length);
    const bytes = new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
    const { bytesRead } = await this.file.read(bytes, 0, bytes.length, bytesOf[this.keeping] * at);
    if (bytesRead !== bytes.length)
      throw new Error('A file that was put aside while decoding has been cut short. Run it again.');
    if (kept !== numbers) for (let i = 0; i < kept.length; i++) numbers[i] = kept[i]! / scale;
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const shortened = (numbers: Float32Array): Int16Array =>
  Int16Array.from(numbers, (x) => Math.max(-32767, Math.min(32767, Math.round(x * scale))));

/** The folder for passing files, unless that is memory and nobody has chosen it: then the one that outlives a restart. */
async function disk(): Promise<string> {
  const usual = tmpdir();
  if (process.env['TMPDIR'] || process.platform !== 'linux' || (await statfs(usual)).type !== memoryDisk) return usual;
  return existsSync('/var/tmp') ? '/var/tmp' : usual;
}
