import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../inference/find-models';
import { isFolder, openWeights } from '../inference/stored-weights';

/** Folders of a model are not nested deeper. */
const deepest = 4;

/** Bytes and number of the files a model is made of; links count as what they lead to. */
export async function sizeOnDisk({ kind, path, files }: Place): Promise<{ bytes: number; files: number }> {
  const held = [...new Set([path, ...Object.values(files?.files ?? {})])];
  const paths = kind === 'folder' ? await filesUnder(path, deepest) : (await Promise.all(held.map(filesOf))).flat();
  const sizes = await Promise.all(
    paths.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: paths.length };
}

/** A file, or those of a part's folder that are read. */
const filesOf = async (path: string): Promise<string[]> =>
  (await isFolder(path))
    ? openWeights(path).then(
        ({ files }) => files.map((file) => file.path),
        () => [],
      )
    : [path];

async function filesUnder(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== '.git' && depth > 1) found.push(...(await filesUnder(path, depth - 1)));
    else if (!entry.isDirectory()) found.push(path);
  }
  return found;
}
