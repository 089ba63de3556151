import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../inference/find-models';
import { isFolder, openWeights } from '../inference/stored-weights';

/** Folders of a model are not nested deeper. */
const deepest = 4;

export interface SizeOnDisk {
  bytes: number;
  files: number;
  /** Bytes by file; a file is known by its place on the disk, so that those which several models have are told. */
  byFile: ReadonlyMap<string, number>;
}

/** Bytes and number of the files a model is made of; links count as what they lead to. */
export async function sizeOnDisk({ kind, path, files }: Place): Promise<SizeOnDisk> {
  const held = [...new Set([path, ...Object.values(files?.files ?? {})])];
  const paths = kind === 'folder' ? await filesUnder(path, deepest) : (await Promise.all(held.map(filesOf))).flat();
  const found = await Promise.all(paths.map((file) => stat(file).catch(() => null)));
  const byFile = new Map(found.flatMap((about) => (about ? [[`${about.dev} ${about.ino}`, about.size]] : [])));
  return { bytes: found.reduce((sum, about) => sum + (about?.size ?? 0), 0), files: paths.length, byFile };
}

/** Of several models' sizes: the bytes in files that none before has. Their sum is what all take together. */
export function bytesApart(sizes: readonly SizeOnDisk[]): number[] {
  const counted = new Set<string>();
  return sizes.map(({ byFile }) => {
    const own = [...byFile].filter(([file]) => !counted.has(file));
    for (const [file] of own) counted.add(file);
    return own.reduce((sum, [, bytes]) => sum + bytes, 0);
  });
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
