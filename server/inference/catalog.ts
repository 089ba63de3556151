import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelCard } from '../../nodes/values';
import { assemble, assembledFolder, tokenizerPaths, tokenizerSettings } from './assemble';
import { brokenCard, digestMismatch, readCard, unreadCard } from './card';
import { type DigestMode, Digests, NotYetRead } from './digests';
import { withFast } from './fast-places';
import { findModels, type Place } from './find-models';
import { filesSignature, folderSignature } from './folder-signature';
import { readLoraCard } from './lora-card';
import { downloadOf, ownModels } from './provenance';
import { isFolder } from './stored-weights';
import { strayLinkIn } from './stray-links';
import { tinyFiles, withTiny } from './tiny-places';

/** A model on disk: what is known without opening it, and where it lies. */
export interface CatalogModel {
  card: ModelCard;
  /** Real path of the folder with `model_index.json`; for single files one that Skein wrote; for a LoRA its file. */
  folder: string;
  place: Place;
  /** The file of its tiny decoder, if there is one. */
  tiny?: string;
}
export type Catalog = ReadonlyMap<string, CatalogModel>;

export interface CatalogPlaces {
  /** Each is a model folder (it has `model_index.json`) or a folder of model folders and single files. Missing ones are skipped. */
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
  const places = await findModels(modelFolders, ownModels(dataFolder));
  const isWanted = (id: string) => scan.wanted?.has(id) ?? true;
  const cards = new Map<string, ModelCard | null>();
  await Promise.all(
    [...places].map(async ([id, place]) => {
      cards.set(id, scan.mode && isWanted(id) ? null : await rememberedCard({ id, place, dataFolder }));
    }),
  );
  // One after another: two readers of one disk are slower than one.
  for (const [id, place] of places) {
    if (cards.get(id)) continue;
    const about = { id, place, dataFolder, mode: scan.mode ?? 'read' } as const;
    if (!isWanted(id)) cards.set(id, unreadCard(id));
    else if (scan.patienceMs === undefined) cards.set(id, await currentCard(about));
    else cards.set(id, (await atMost(scan.patienceMs, about)) ?? unreadCard(id));
  }
  const [loose, digests] = [await tinyFiles(modelFolders), new Digests(dataFolder)];
  const models = await Promise.all(
    [...places].map(async ([id, place]): Promise<[string, CatalogModel]> => {
      const download = await downloadOf(place.path, dataFolder);
      const source = download ? { source: { hub: download.repository, revision: download.revision } } : {};
      const folder = folderOf(place, dataFolder);
      const plain = await withFast({ ...(cards.get(id) ?? unreadCard(id)), ...source }, dataFolder);
      const { card, tiny } = await withTiny(plain, { folder, loose, digests });
      return [id, { card, folder, place, ...(tiny ? { tiny } : {}) }];
    }),
  );
  return new Map(models);
}

const folderOf = ({ path, files }: Place, dataFolder: string): string =>
  files ? assembledFolder(dataFolder, files.files) : path;

interface About {
  id: string;
  place: Place;
  dataFolder: string;
}

/** Cards that were read, with the state their folder was in. Reading one takes tens of milliseconds, and every run asks. */
const read = new Map<string, { signature: string; card: ModelCard }>();
// With another memory of digests the files are to be read anew.
const keyOf = ({ id, place, dataFolder }: About) => [dataFolder, place.path, id].join('\n');

/** The card of a place as it is now; broken ones say why. Throws `NotYetRead` only when asked for what is known. */
export async function currentCard({ mode = 'read', ...about }: About & { mode?: DigestMode }): Promise<ModelCard> {
  const { id, place, dataFolder } = about;
  const key = keyOf(about);
  const signature = await placeSignature(place);
  const known = read.get(key);
  if (known?.signature === signature && (mode === 'read' || mode === 'known')) return known.card;
  const card = await cardAt(about, new Digests(dataFolder, mode)).catch((error: unknown) => {
    if (error instanceof NotYetRead) throw error;
    return brokenCard(id, error instanceof Error ? error.message : String(error));
  });
  // What was changed may be accepted at any time, by another process, with no file touched.
  if (card.broken?.startsWith(digestMismatch)) read.delete(key);
  else read.set(key, { signature, card });
  return card;
}

/** The state of all that a card is made from. */
async function placeSignature({ kind, path, files, broken, roots }: Place): Promise<string> {
  if (kind === 'folder') return `${roots.join()}\n${await folderSignature(path)}`;
  const parts: string[] = files ? Object.values(files.files) : [];
  const beside = files?.tokenizerPlaces.flatMap((at) => [...tokenizerPaths(at), tokenizerSettings(at)]) ?? [];
  const folders = await Promise.all(parts.map(async (part) => ((await isFolder(part)) ? folderSignature(part) : '')));
  const said = JSON.stringify([broken, files?.mates]);
  return [said, await filesSignature([path, ...parts, ...beside]), ...folders].join('\n');
}

async function cardAt({ id, place, dataFolder }: About, digests: Digests): Promise<ModelCard> {
  const { kind, path, files, roots } = place;
  const broken = place.broken ?? (kind === 'folder' ? await strayLinkIn(path, roots) : null);
  if (broken) throw new Error(broken);
  const hub = (await downloadOf(path, dataFolder))?.repository;
  const around = kind === 'folder' ? [] : [basename(dirname(path))];
  const names = [id, ...(hub === undefined ? [] : [basename(hub)]), ...around];
  if (kind === 'lora') return readLoraCard(id, path, { digests, names });
  if (!files) return readCard(id, path, { digests, names });
  const card = await readCard(id, await assemble(files.layout, { ...files, dataFolder }), { digests, names });
  return { ...card, ...(files.mates.length ? { mates: files.mates } : {}) };
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
