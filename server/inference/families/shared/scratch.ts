import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Numbers up to 4 in steps of 1/8191: a sixtieth of what a byte of a picture can tell. */
const scale = 8191;

/** Pictures put aside on the disk, 16 bits for each number between -4 and 4, so that no film is held in memory. */
export class Scratch {
  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
  ) {}

  static async open(): Promise<Scratch> {
    const folder = await mkdtemp(join(tmpdir(), 'skein-tiles-'));
    try {
      return new Scratch(folder, await open(join(folder, 'frames'), 'w+'));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Writes numbers from place `at` on. Throws a sentence when the disk is full. */
  async write(numbers: Float32Array, at: number): Promise<void> {
    const short = Int16Array.from(numbers, (x) => Math.max(-32767, Math.min(32767, Math.round(x * scale))));
    try {
      await this.file.write(new Uint8Array(short.buffer), 0, short.byteLength, 2 * at);
    } catch (error) {
      throw new Error(
        `The frames of a large clip are put aside in ${tmpdir()} while it is decoded, and that failed. Make room there, or point TMPDIR to another disk. (${error instanceof Error ? error.message : String(error)})`,
        { cause: error },
      );
    }
  }

  async read(count: number, at: number): Promise<Float32Array> {
    const short = new Int16Array(count);
    const { bytesRead } = await this.file.read(new Uint8Array(short.buffer), 0, short.byteLength, 2 * at);
    if (bytesRead !== short.byteLength)
      throw new Error('A file that was put aside while decoding has been cut short. Run it again.');
    return Float32Array.from(short, (x) => x / scale);
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
