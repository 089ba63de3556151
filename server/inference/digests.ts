import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const stored = z.record(
  z.string(),
  z.object({ bytes: z.number(), mtimeMs: z.number(), inode: z.number(), sha256: z.string() }),
);
type Stored = z.output<typeof stored>;

/**
 * SHA-256 of large files, remembered by path, size, time of change and inode, so that a model is read whole only once.
 * A lost or damaged memory costs time, never correctness.
 */
export class Digests {
  private known: Promise<Stored> | undefined;
  private isChanged = false;
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = join(folder, 'model-digests.json');
  }

  /** Throws when the file cannot be read. */
  async of(path: string): Promise<string> {
    const { size: bytes, mtimeMs, ino: inode } = await stat(path);
    this.known ??= this.load();
    const known = await this.known;
    const entry = known[path];
    if (entry && entry.bytes === bytes && entry.mtimeMs === mtimeMs && entry.inode === inode) return entry.sha256;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
    const sha256 = hash.digest('hex');
    known[path] = { bytes, mtimeMs, inode, sha256 };
    this.isChanged = true;
    return sha256;
  }

  /** Writes down what was learnt. Two processes may do so at once: each writes a whole file and renames it. */
  async save(): Promise<void> {
    if (!this.isChanged || !this.known) return;
    await mkdir(this.folder, { recursive: true });
    const temporary = `${this.file}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(await this.known));
    await rename(temporary, this.file);
    this.isChanged = false;
  }

  private async load(): Promise<Stored> {
    try {
      return stored.parse(JSON.parse(await readFile(this.file, 'utf8')));
    } catch {
      return {};
    }
  }
}
