import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Name, size, time of change and inode of every file in a folder and the folders right inside it. While this stays the
 * same, what was read from the folder still holds. Links count as what they lead to; a dead one counts by its name.
 */
export async function folderSignature(folder: string): Promise<string> {
  const names = await namesIn(folder);
  const inside = await Promise.all(
    names.map(async (name) => (await namesIn(join(folder, name)).catch(() => [])).map((file) => join(name, file))),
  );
  const lines = await Promise.all(
    [...names, ...inside.flat()].map(async (name) => {
      const about = await stat(join(folder, name)).catch(() => null);
      return about?.isDirectory() ? '' : `${name} ${about?.size} ${about?.mtimeMs} ${about?.ino}\n`;
    }),
  );
  return lines.join('');
}

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
