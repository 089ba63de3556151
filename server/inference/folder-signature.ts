import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Name, size, times and inode of every file in a folder and the folders right inside it. While this stays the same, what
 * was read from the folder still holds. Links count as what they lead to; a dead one counts by its name.
 */
export async function folderSignature(folder: string): Promise<string> {
  const names = await namesIn(folder);
  const inside = await Promise.all(
    names.map(async (name) => (await namesIn(join(folder, name)).catch(() => [])).map((file) => join(name, file))),
  );
  return filesSignature([...names, ...inside.flat()], folder);
}

/** The same of single files; those that are not there count by their name. */
export async function filesSignature(names: readonly string[], folder = ''): Promise<string> {
  const lines = await Promise.all(
    names.map(async (name) => {
      const about = await stat(join(folder, name)).catch(() => null);
      if (about?.isDirectory()) return '';
      return `${name} ${about?.size} ${about?.mtimeMs} ${about?.ctimeMs} ${about?.ino}\n`;
    }),
  );
  return lines.join('');
}

/**
 * Which copy of a model folder this is, by the files right inside it: `model_index.json`, `README.md`, `skein.json`. An
 * update brings some of them along; damage to a file of weights does not.
 */
export async function editionOf(folder: string): Promise<string> {
  const names = (await namesIn(folder)).filter((name) => !name.startsWith('.'));
  const lines = await Promise.all(
    names.map(async (name) => {
      const about = await stat(join(folder, name)).catch(() => null);
      return about?.isFile() ? `${name} ${about.size} ${about.mtimeMs}\n` : '';
    }),
  );
  return createHash('sha256').update(lines.join('')).digest('hex');
}

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
