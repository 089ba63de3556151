import fs from 'node:fs';
import path from 'node:path';
import { writeByRename } from '../store/blobs';

/** What comparisons have found, one small JSON file for each, `ab/abcd....json`; the oldest go when there are too many. */
export class KeptComparisons<T> {
  constructor(
    private readonly folder: string,
    private readonly most: number,
  ) {}

  /** Null when there is none, or none that can be read. */
  async read(key: string): Promise<T | null> {
    try {
      return JSON.parse(await fs.promises.readFile(this.file(key), 'utf8')) as T; // written by `keep`
    } catch {
      return null;
    }
  }

  /** False when it could not be kept: a full disk costs only that. */
  keep(key: string, result: T): boolean {
    try {
      writeByRename(this.file(key), JSON.stringify(result));
    } catch (error) {
      console.error('compare: a result could not be kept:', error);
      return false;
    }
    void this.prune().catch(() => undefined);
    return true;
  }

  private file(key: string): string {
    return path.join(this.folder, key.slice(0, 2), `${key}.json`);
  }

  private async prune(): Promise<void> {
    const names = await fs.promises.readdir(this.folder, { recursive: true });
    const files = names.filter((name) => name.endsWith('.json')).map((name) => path.join(this.folder, name));
    if (files.length <= this.most) return;
    const aged = await Promise.all(files.map(async (file) => ({ file, age: (await fs.promises.stat(file)).mtimeMs })));
    aged.sort((a, b) => a.age - b.age);
    for (const { file } of aged.slice(0, aged.length - this.most)) await fs.promises.rm(file, { force: true });
  }
}
