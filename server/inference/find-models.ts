import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filesIn, type LooseFiles } from './find-files';
import { type FoundModel, modelsIn, partsOfFolders } from './find-mates';
import { strayLink } from './stray-links';

/** A model's place on disk: a folder of the diffusers layout, single files, or a LoRA. */
export interface Place extends Pick<FoundModel, 'files' | 'broken'> {
  kind: 'folder' | 'files' | 'lora';
  /** Real path of the folder, of the LoRA's file, or of the denoiser's. */
  path: string;
  /** Where its links may lead: real paths. */
  roots: readonly string[];
}

/**
 * Everything in the model folders, by id. Never throws for what lies there. `own` is the folder that Skein itself fills: a
 * link to a single file in it was made by the person who added that file.
 */
export async function findModels(modelFolders: readonly string[], own?: string): Promise<Map<string, Place>> {
  const roots = await rootsOf(modelFolders, own && (await realpath(own).catch(() => undefined)));
  const places = new Map<string, Place>();
  const folders = new Map<string, string>();
  const looseIn: string[] = [];
  for (const folder of modelFolders) await look(folder, { folders, looseIn });
  for (const [path, name] of folders) places.set(freshId(name, places), { kind: 'folder', path, roots });
  const seen = new Set<string>();
  const isNew = ({ path }: { path: string }) => !seen.has(path) && seen.add(path);
  const all: (LooseFiles & { root: string })[] = [];
  for (const root of looseIn) {
    const { parts, others } = await filesIn(root, (path) => strayLink(path, roots));
    all.push({ root, parts: parts.filter(isNew), others: others.filter(isNew) });
  }
  const stock = { loose: all.flatMap(({ parts }) => parts), inFolders: partsOfFolders(folders, roots) };
  for (const { root, others } of all) {
    for (const { name, ...found } of [...others, ...(await modelsIn(root, stock))])
      places.set(freshId(name, places), { ...found, roots });
  }
  return places;
}

/** The model folders themselves, and folders linked right inside: naming or linking a folder means it may be read. */
async function rootsOf(modelFolders: readonly string[], own?: string): Promise<string[]> {
  const roots: string[] = [];
  for (const folder of modelFolders) {
    const real = await realpath(folder).catch(() => null);
    if (real === null) continue;
    roots.push(real);
    for (const entry of await readdir(real, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isSymbolicLink() || (entry.name.endsWith('.safetensors') && real !== own)) continue;
      const inside = await realpath(join(real, entry.name)).catch(() => null);
      if (inside !== null) roots.push(inside);
    }
  }
  return roots;
}

/** Model folders in a folder (or the folder itself) with their names, and folders whose single files are to be looked at. */
async function look(folder: string, found: { folders: Map<string, string>; looseIn: string[] }): Promise<void> {
  const real = await realpath(folder).catch(() => null);
  if (real === null) return;
  const add = (path: string, name: string) => {
    if (!found.folders.has(path)) found.folders.set(path, name);
  };
  if (await isModel(real)) {
    add(real, basename(real));
    return;
  }
  if (!found.looseIn.includes(real)) found.looseIn.push(real);
  for (const { name, inside } of await foldersIn(real, { withLinks: true })) {
    if (await isModel(inside)) add(inside, basename(inside));
    else if (name.startsWith('models--')) await lookInRepository(inside, name, { add, looseIn: found.looseIn });
    // A library of one's own, or a hub cache, that was linked here as a whole.
    else
      for (const { name, inside: deeper } of await foldersIn(inside, { withLinks: false })) {
        if (await isModel(deeper)) add(deeper, basename(deeper));
        else if (name.startsWith('models--')) await lookInRepository(deeper, name, { add, looseIn: found.looseIn });
      }
  }
}

/** Whether a folder is a library: it holds models in the diffusers layout, or a hub cache does. */
export async function holdsModels(folder: string): Promise<boolean> {
  const found = { folders: new Map<string, string>(), looseIn: [] };
  await look(folder, found);
  return found.folders.size > 0;
}

/**
 * Folders right inside, by name, and where links to folders lead: a link right inside a model folder was put there by its
 * owner, one further down may have come with a stranger's model.
 */
async function foldersIn(
  folder: string,
  { withLinks }: { withLinks: boolean },
): Promise<{ name: string; inside: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: { name: string; inside: string }[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || (withLinks && entry.isSymbolicLink()))) continue;
    const inside = await realpath(join(folder, entry.name)).catch(() => null);
    if (inside !== null) found.push({ name: entry.name, inside });
  }
  return found;
}

async function lookInRepository(
  repository: string,
  name: string,
  { add, looseIn }: { add(path: string, name: string): void; looseIn: string[] },
): Promise<void> {
  const snapshot = await snapshotOf(repository);
  if (snapshot === null) return;
  if (await isModel(snapshot)) add(snapshot, name.split('--').at(-1) ?? name);
  else if (!looseIn.includes(snapshot)) looseIn.push(snapshot);
}

/** What a hub cache has of a repository: the revision `main` names, else the last by name. */
async function snapshotOf(repository: string): Promise<string | null> {
  const named = await readFile(join(repository, 'refs', 'main'), 'utf8').catch(() => '');
  const all = await readdir(join(repository, 'snapshots')).catch(() => []);
  const revision = all.find((name) => name === named.trim()) ?? all.sort().at(-1);
  return revision === undefined ? null : realpath(join(repository, 'snapshots', revision)).catch(() => null);
}

const isModel = (folder: string): Promise<boolean> =>
  access(join(folder, 'model_index.json')).then(
    () => true,
    () => false,
  );

/** A name as an id; a second one of that name gets a number. */
function freshId(name: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-') || 'model';
  let id = plain;
  for (let number = 2; taken.has(id); number++) id = `${plain}-${number}`;
  return id;
}
