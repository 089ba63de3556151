import { access, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelCard } from '../../nodes/values';
import { brokenCard, digestMismatch, readCard, unreadCard } from './card';
import { type DigestMode, Digests, NotYetRead } from './digests';
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

/** How much of the files a scan may read. Without any of these it waits until every file was read once. */
export interface Scan {
  /** Waits for these models only; of the others whose files were never read the card says just that. */
  wanted?: ReadonlySet<string>;
  /** Reads everything, but waits no longer than so long for files that are read for the first time. */
  patienceMs?: number;
  /** What to do about files that were read before, of the wanted models; `read` trusts in their size and times. */
  mode?: Exclude<DigestMode, 'known'>;
}

/**
 * Looks through the folders. A model that cannot be used gets a card too, with `broken` saying why and what to do.
 * Reads whole files only the first time, for their digests. Never throws for what lies in a folder.
 */
export async function scanModels({ modelFolders, dataFolder }: CatalogPlaces, scan: Scan = {}): Promise<Catalog> {
  const places = new Map<string, string>();
  for (const folder of new Set((await Promise.all(modelFolders.map(modelsIn))).flat()))
    places.set(freshId(basename(folder), places), folder);
  const isWanted = (id: string) => scan.wanted?.has(id) ?? true;
  const cards = new Map<string, ModelCard | null>();
  await Promise.all(
    [...places].map(async ([id, folder]) => {
      cards.set(id, scan.mode && isWanted(id) ? null : await rememberedCard({ id, folder, dataFolder }));
    }),
  );
  // One after another: two readers of one disk are slower than one.
  for (const [id, folder] of places) {
    if (cards.get(id)) continue;
    const about = { id, folder, dataFolder, mode: scan.mode ?? 'read' } as const;
    if (!isWanted(id)) cards.set(id, unreadCard(id));
    else if (scan.patienceMs === undefined) cards.set(id, await currentCard(about));
    else cards.set(id, (await atMost(scan.patienceMs, about)) ?? unreadCard(id));
  }
  return new Map([...places].map(([id, folder]) => [id, { card: cards.get(id) ?? unreadCard(id), folder }]));
}

interface About {
  id: string;
  folder: string;
  dataFolder: string;
}

/** Cards that were read, with the state their folder was in. Reading one takes tens of milliseconds, and every run asks. */
const read = new Map<string, { signature: string; card: ModelCard }>();
// With another memory of digests the files are to be read anew.
const keyOf = ({ id, folder, dataFolder }: About) => [dataFolder, folder, id].join('\n');

/** The card of a folder as it is now; broken ones say why. Throws `NotYetRead` only when asked for what is known. */
export async function currentCard({ mode = 'read', ...about }: About & { mode?: DigestMode }): Promise<ModelCard> {
  const { id, folder, dataFolder } = about;
  const key = keyOf(about);
  const signature = await folderSignature(folder);
  const known = read.get(key);
  if (known?.signature === signature && (mode === 'read' || mode === 'known')) return known.card;
  const card = await readCard(id, folder, new Digests(dataFolder, mode)).catch((error: unknown) => {
    if (error instanceof NotYetRead) throw error;
    return brokenCard(id, error instanceof Error ? error.message : String(error));
  });
  // What was changed may be accepted at any time, by another process, with no file touched.
  if (card.broken?.startsWith(digestMismatch)) read.delete(key);
  else read.set(key, { signature, card });
  return card;
}

/** Null when its files are yet to be read. */
async function rememberedCard(about: About): Promise<ModelCard | null> {
  try {
    return await currentCard({ ...about, mode: 'known' });
  } catch (error) {
    if (error instanceof NotYetRead) return null;
    throw error;
  }
}

/** Models that are being read in the background, and since when, in milliseconds. */
const underWay = new Map<string, { card: Promise<ModelCard>; since: number }>();
let turn: Promise<unknown> = Promise.resolve();

/** The card, if it is there within so long of the beginning of its reading, which goes on in any case. */
async function atMost(patienceMs: number, about: About & { mode: DigestMode }): Promise<ModelCard | null> {
  const key = keyOf(about);
  let going = underWay.get(key);
  if (!going) {
    const card = turn.then(() => currentCard(about)).finally(() => underWay.delete(key));
    turn = card.catch(() => undefined);
    going = { card, since: Date.now() };
    underWay.set(key, going);
  }
  const left = patienceMs - (Date.now() - going.since);
  if (left <= 0) return null;
  const end = new AbortController();
  const tooLong = sleep(left, null, { signal: end.signal }).catch(() => null);
  return Promise.race([going.card, tooLong]).finally(() => end.abort());
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
