import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ModelCard, type ModelPart, modelParts } from '../../nodes/model-card';

/*
 * Weights in eight bits, as the fast mode made them of a denoiser or a text encoder:
 * `<data>/fast/<digest>/<network>-<top>.safetensors`, and beside each a note of what it is. They can be made again from the
 * checkpoint at any time, so they may be deleted at any time, and are when there are too many.
 */

/** How weights and activations are rounded. Another way is another number, and never reads what this one wrote. */
export const fastFormat = 2;

const note = z.object({
  format: z.literal(fastFormat),
  /** Relative to exact arithmetic: |v - exact| / |exact| of the velocity, over fixed noise at three times. */
  error: z.number().min(0),
  bytes: z.number().positive(),
  /** Time of change of the file that was measured, in milliseconds. */
  changed: z.number(),
  /** The largest weight: 127, or 64. */
  top: z.number(),
});
export type FastNote = z.output<typeof note>;

/** What cards say about a part's weights in eight bits that are there. */
export type FastFacts = NonNullable<NonNullable<ModelCard['fast']>[ModelPart]>;

const root = (dataFolder: string): string => join(/* turbopackIgnore: true */ dataFolder, 'fast');
export const fastFolder = (dataFolder: string, digest: string): string => join(root(dataFolder), digest.slice(0, 32));
export const weightsName = (network: string, top: number): string => `${network}-${top}.safetensors`;
export const notePath = (weights: string): string => weights.replace(/safetensors$/, 'json');

/** The note beside weights that are whole and as they were measured; null otherwise. */
export async function readNote(weights: string): Promise<FastNote | null> {
  try {
    const about = note.parse(JSON.parse(await readFile(notePath(weights), 'utf8')));
    const { size, mtimeMs } = await stat(weights);
    return size === about.bytes && mtimeMs === about.changed ? about : null;
  } catch {
    return null;
  }
}

/** What was measured of a part's networks, the worse of two; undefined before it was used in the fast mode. */
export async function fastFacts(dataFolder: string, digest: string): Promise<FastFacts | undefined> {
  const notes = await notesIn(fastFolder(dataFolder, digest));
  if (!notes.length) return undefined;
  return {
    error: Math.max(...notes.map(({ error }) => error)),
    bytes: notes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The card with what was measured of its parts in eight bits, as the files say now. */
export async function withFast(card: ModelCard, dataFolder: string): Promise<ModelCard> {
  const found: NonNullable<ModelCard['fast']> = {};
  for (const name of modelParts) {
    const part = card.parts[name];
    const facts = part && (await fastFacts(dataFolder, part.digest));
    if (facts) found[name] = facts;
  }
  return Object.keys(found).length ? { ...card, fast: found } : card;
}

async function notesIn(folder: string): Promise<FastNote[]> {
  const names = await readdir(folder).catch(() => []);
  const weights = names.filter((name) => name.endsWith('.safetensors')).map((name) => join(folder, name));
  return (await Promise.all(weights.map(readNote))).flatMap((one) => one ?? []);
}

/** Says that weights are in use: those unused for longest go first. */
export async function touch(weights: string): Promise<void> {
  const now = new Date();
  // The note's time, not the weights': theirs says whether they are those that were measured.
  await utimes(notePath(weights), now, now).catch(() => undefined);
}

/** Removes what the fast mode made of this part, or of all; returns the bytes that are free again. */
export async function removeFast(dataFolder: string, digest?: string): Promise<number> {
  const folders = digest === undefined ? await foldersIn(dataFolder) : [fastFolder(dataFolder, digest)];
  let freed = 0;
  for (const folder of folders) {
    freed += await bytesIn(folder);
    await rm(folder, { recursive: true, force: true });
  }
  return freed;
}

/** Bytes that weights in eight bits may take on the disk: SKEIN_FAST_BYTES, or 50 GB. */
const budget = (): number => Number(process.env['SKEIN_FAST_BYTES']) || 50e9;
/** Files that nobody finished are given up after so long, in milliseconds. */
const abandonedMs = 3600_000;

/** Makes room for so many more bytes: what was unused for longest goes, but never the folder `kept`. */
export async function makeRoom(dataFolder: string, more: number, kept: string): Promise<void> {
  const known = await Promise.all(
    (await foldersIn(dataFolder)).map(async (folder) => {
      await removeAbandoned(folder);
      return { folder, bytes: await bytesIn(folder), used: await lastUse(folder) };
    }),
  );
  let bytes = known.reduce((sum, one) => sum + one.bytes, more);
  for (const one of known.sort((a, b) => a.used - b.used)) {
    if (bytes <= budget()) return;
    if (one.folder === kept) continue;
    await rm(one.folder, { recursive: true, force: true });
    bytes -= one.bytes;
  }
}

const foldersIn = async (dataFolder: string): Promise<string[]> =>
  (await readdir(root(dataFolder)).catch(() => [])).map((name) => join(root(dataFolder), name));

async function statsIn(folder: string): Promise<{ path: string; size: number; mtimeMs: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const about = await stat(path).catch(() => null);
      return about ? [{ path, size: about.size, mtimeMs: about.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

const bytesIn = async (folder: string): Promise<number> =>
  (await statsIn(folder)).reduce((sum, { size }) => sum + size, 0);
const lastUse = async (folder: string): Promise<number> =>
  Math.max(0, ...(await statsIn(folder)).map(({ mtimeMs }) => mtimeMs));

async function removeAbandoned(folder: string): Promise<void> {
  for (const { path, mtimeMs } of await statsIn(folder)) {
    if (path.endsWith('.tmp') && Date.now() - mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}
