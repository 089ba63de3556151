import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { foreignName, isCalledLikeOurs, isUnfinished } from './foreign-format';
import { type Known, know } from './known-weights';
import { isFolder } from './stored-weights';
import { indexNameOf, weightSets } from './weight-names';

/** Weights among the single files of a model folder: parts of models, to be put together. */
export interface Loose extends Known {
  name: string;
  /** The model folder they were found in. */
  root: string;
}

/** What lies loose in a model folder: parts of models; LoRAs, and what cannot be used, with the reason. */
export interface LooseFiles {
  parts: Loose[];
  others: { name: string; path: string; kind: 'files' | 'lora'; broken?: string }[];
}

const deepest = 3;
const mostFiles = 5000;

/**
 * Paths of files under a folder that a person may expect to find here, not those of models in the diffusers layout:
 * `.safetensors`, such files still being downloaded, and files of other formats that are called like our models.
 */
export async function weightFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    if (entries.some(({ name }) => name === 'model_index.json')) return;
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || found.length >= mostFiles) continue;
      const path = join(folder, entry.name);
      // A link to a folder right inside is how a folder is added; further down it might lead in circles.
      const isOpened = entry.isDirectory() || (depth === 0 && entry.isSymbolicLink() && (await isFolder(path)));
      if (isOpened) {
        if (depth < deepest && !entry.name.startsWith('models--')) await walk(path, depth + 1);
      } else if (isExpected(entry.name)) found.push(path);
    }
  };
  await walk(root, 0);
  return found;
}

const isExpected = (name: string): boolean =>
  name.endsWith('.safetensors') ||
  (isUnfinished(name) ? name.includes('.safetensors.') : foreignName(name) !== null && isCalledLikeOurs(name));

/**
 * Parts of models and LoRAs among the files of a folder. Shards with their index are one part, by the name of the folder they
 * lie in. `reason` says why a path may not be used, if so.
 */
export async function filesIn(root: string, reason: (path: string) => Promise<string | null>): Promise<LooseFiles> {
  const found: LooseFiles = { parts: [], others: [] };
  const shards = new Map<string, ReadonlySet<string>>();
  for (const path of await weightFiles(root)) {
    const folder = dirname(path);
    let inShards = shards.get(folder);
    if (!inShards) {
      inShards = await shardsIn(folder);
      shards.set(folder, inShards);
      if (inShards.size)
        await look(
          folder,
          [...inShards].map((name) => join(folder, name)),
        );
    }
    if (!inShards.has(basename(path))) await look(path, [path]);
  }
  return found;

  /** At weights that lie in these files. */
  async function look(path: string, files: readonly string[]): Promise<void> {
    const name = basename(path, '.safetensors');
    const isAmongLoras = path.slice(root.length).split(/[\\/]/).includes('loras');
    const foreign = foreignName(path);
    const strays = await Promise.all(files.map(reason));
    const stray = strays.find((says) => says !== null) ?? null;
    const says = stray ?? (foreign && `${path}: ${foreign.says} ${foreign.remedy}`);
    const known = says === null ? await know(path) : null;
    const broken = says ?? known?.broken;
    // Where a link leads that may not be followed is nobody's business.
    const place = stray === null ? await realpath(path).catch(() => path) : path;
    if (broken !== undefined) found.others.push({ name, path: place, kind: isAmongLoras ? 'lora' : 'files', broken });
    else if (known?.isLora) found.others.push({ name, path: known.path, kind: 'lora' });
    else if (known?.parts.length) found.parts.push({ ...known, name, root });
  }
}

/** The names in a folder that are shards, with the index that belongs to them; none where an index is missing. */
async function shardsIn(folder: string): Promise<ReadonlySet<string>> {
  const names = await readdir(folder).catch(() => []);
  if (!names.some((name) => indexNameOf(name) !== null)) return new Set();
  const sets = weightSets(names).filter(({ index, files }) => index !== undefined && files.length);
  return new Set(sets.flatMap(({ index = [], files }) => files.concat(index)));
}
