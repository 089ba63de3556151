import { access, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelCard } from '../../nodes/values';
import { brokenCard, readCard } from './card';
import { Digests } from './digests';
import { folderSignature } from './folder-signature';

/** A model on disk: what is known without opening it, and where it lies. */
export interface CatalogModel {
  card: ModelCard;
  /** Real path of the folder with `model_index.json`. */
  folder: string;
}
export type Catalog = ReadonlyMap<string, CatalogModel>;

export interface CatalogPlaces {
  /** Each is a model folder (it has `model_index.json`) or a folder of model folders. Missing ones are skipped. */
  modelFolders: readonly string[];
  /** Where digests are remembered. */
  dataFolder: string;
}

/**
 * Looks through the folders. A model that cannot be used gets a card too, with `broken` saying why and what to do.
 * Reads whole files only the first time, for their digests. Never throws for what lies in a folder.
 */
export async function scanModels({ modelFolders, dataFolder }: CatalogPlaces): Promise<Catalog> {
  const digests = new Digests(dataFolder);
  const catalog = new Map<string, CatalogModel>();
  const seen = new Set<string>();
  for (const folder of (await Promise.all(modelFolders.map(modelsIn))).flat()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    const id = freshId(basename(folder), catalog);
    catalog.set(id, { card: await currentCard({ id, folder, digests, dataFolder }), folder });
  }
  // Only speed is lost when they cannot be written down.
  await digests.save().catch(() => undefined);
  return catalog;
}

/** Cards that were read, with the state their folder was in. Reading one takes tens of milliseconds, and every run asks. */
const read = new Map<string, { signature: string; card: ModelCard }>();

/** The card of a folder as it is now; broken ones say why. */
export async function currentCard(about: {
  id: string;
  folder: string;
  digests: Digests;
  dataFolder: string;
}): Promise<ModelCard> {
  const { id, folder, digests, dataFolder } = about;
  // With another memory of digests the files are to be read anew.
  const key = [dataFolder, folder, id].join('\n');
  const signature = await folderSignature(folder);
  const known = read.get(key);
  if (known?.signature === signature) return known.card;
  const card = await readCard(id, folder, digests).catch((error: unknown) =>
    brokenCard(id, error instanceof Error ? error.message : String(error)),
  );
  read.set(key, { signature, card });
  return card;
}

/** The cards alone, by id: what graphs are checked against. */
export const cardsOf = (catalog: Catalog): Record<string, ModelCard> =>
  Object.fromEntries([...catalog].map(([id, { card }]) => [id, card]));

async function modelsIn(folder: string): Promise<string[]> {
  const real = await realpath(folder).catch(() => null);
  if (real === null) return [];
  if (await isModel(real)) return [real];
  const found: string[] = [];
  const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || entry.isSymbolicLink())) continue;
    const inside = await realpath(join(real, entry.name)).catch(() => null);
    if (inside !== null && (await isModel(inside))) found.push(inside);
  }
  return found;
}

const isModel = (folder: string): Promise<boolean> =>
  access(join(folder, 'model_index.json')).then(
    () => true,
    () => false,
  );

/** The folder's name as an id; a second folder of that name gets a number. */
function freshId(name: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-') || 'model';
  let id = plain;
  for (let number = 2; taken.has(id); number++) id = `${plain}-${number}`;
  return id;
}
