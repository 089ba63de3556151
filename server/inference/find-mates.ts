import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { aPart, type Mate } from '../../nodes/model-card';
import { tokenizerPaths } from './assemble';
import type { ModelFiles, PartInFile, SingleLayout, SinglePart } from './families/single-layout';
import { singleParts } from './families/single-layout';
import type { Loose } from './find-files';
import { type Known, know } from './known-weights';
import { strayLinkIn } from './stray-links';

/*
 * Which files make a model. A denoiser's shapes say which text encoder, VAE and image encoder it needs; they are looked for in
 * everything that is in the library, by an order that can be said in a sentence (docs/decisions/012), and named on the card.
 */

/** A model made of single files, or why it cannot be: which part is missing. */
export interface FoundModel {
  name: string;
  /** Real path of the denoiser's file. */
  path: string;
  kind: 'files';
  files?: {
    layout: SingleLayout;
    files: ModelFiles;
    tokenizerPlaces: readonly string[];
    /** What lies in no file of the denoiser's own. */
    mates: readonly Mate[];
  };
  broken?: string;
}

/** Everything that parts may be taken from. */
export interface Stock {
  /** Single files of all model folders, in the order of these. */
  loose: readonly Loose[];
  /** Parts of models in the diffusers layout, by the model's name and folder. Read when a single file does not do. */
  inFolders(): Promise<readonly Loose[]>;
}

/** Text encoders, VAEs and image encoders of model folders. Read once, however often it is asked. */
export function partsOfFolders(folders: ReadonlyMap<string, string>, roots: readonly string[]): Stock['inFolders'] {
  let found: Promise<readonly Loose[]> | undefined;
  const look = async ([path, name]: [string, string]): Promise<Loose[]> => {
    if ((await strayLinkIn(path, roots)) !== null) return [];
    const known = await Promise.all(
      ['text_encoder', 'vae', 'image_encoder'].map((part) => know(join(/* turbopackIgnore: true */ path, part))),
    );
    return known.filter(({ parts }) => parts.length).map((one) => ({ ...one, name, root: path }));
  };
  return () => {
    found ??= Promise.all([...folders].map(look)).then((all) => all.flat());
    return found;
  };
}

/** The models of one model folder's single files. */
export async function modelsIn(root: string, stock: Stock): Promise<FoundModel[]> {
  const own = stock.loose.filter((one) => one.root === root);
  const taken = new Set<string>();
  const models: FoundModel[] = [];
  for (const one of own) {
    const denoiser = one.parts.find(isDenoiser);
    if (!denoiser || taken.has(one.path)) continue;
    const second = own.find((other) => isSecond(one.name, other.name) && other.parts.some(isDenoiser));
    if (own.some((other) => isSecond(other.name, one.name) && other.parts.some(isDenoiser))) continue;
    if (second) taken.add(second.path);
    models.push(await combined({ ...one, denoiser }, { stock, second: second?.path }));
  }
  return models;
}

const isDenoiser = ({ part }: PartInFile) => part === 'denoiser';
const noisy = /high[_-]?noise/i;
/** The pair of an A14B model differs in one word of its names. */
const isSecond = (first: string, second: string): boolean =>
  noisy.test(first) &&
  /low[_-]?noise/i.test(second) &&
  first.replace(noisy, '').toLowerCase() === second.replace(/low[_-]?noise/i, '').toLowerCase();

type Wanted = { layout: SingleLayout; part: SinglePart; offers: string };
const fits = (wanted: Wanted) => (one: Known) =>
  one.parts.some((held) => held.layout === wanted.layout && held.part === wanted.part && held.offers === wanted.offers);

async function combined(
  one: Loose & { denoiser: Known['parts'][number] },
  { stock, second }: { stock: Stock; second: string | undefined },
): Promise<FoundModel> {
  const { layout, needs = {} } = one.denoiser;
  const name = second === undefined ? one.name : withoutNoise(one.name);
  const files: ModelFiles = { denoiser: one.path, ...(second === undefined ? {} : { second }) };
  const mates: Mate[] = [];
  let tokenizerPlaces: string[] = [];
  for (const part of singleParts) {
    const offers = needs[part];
    if (part === 'denoiser' || offers === undefined) continue;
    const wanted = { layout, part, offers };
    const [best, ...others] = fits(wanted)(one) ? [one] : await inOrder(one, wanted, stock);
    if (!best) return { name, path: one.path, kind: 'files', broken: lack(one, wanted, stock) };
    files[part] = best.path;
    if (best.path !== one.path) mates.push({ part, from: calledOf(best), others: others.map(calledOf) });
    if (part !== 'text-encoder') continue;
    const tokenizer = await tokenizerFor(best, wanted, stock);
    tokenizerPlaces = tokenizer.places;
    if (tokenizer.from !== undefined) mates.push({ part: 'tokenizer', from: tokenizer.from, others: [] });
  }
  return { name, path: one.path, kind: 'files', files: { layout, files, tokenizerPlaces, mates } };
}

const withoutNoise = (name: string): string =>
  name
    .replace(noisy, '')
    .replace(/[_-]{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');

/** A file by its name, a part of a model folder by the model's. */
const calledOf = ({ path, name }: Loose): string => (path.endsWith('.safetensors') ? basename(path) : name);

/**
 * What fits, the one to take first: of the single files in the denoiser's own model folder, else of single files elsewhere, else of
 * models in the diffusers layout. Of several, a VAE with the version in the denoiser's name; then the finest; then by name.
 */
async function inOrder(one: Loose, wanted: Wanted, stock: Stock): Promise<Loose[]> {
  const loose = stock.loose.filter(fits(wanted));
  const near = loose.filter(({ root }) => root === one.root);
  const found = near.length ? near : loose.length ? loose : (await stock.inFolders()).filter(fits(wanted));
  const version = wanted.part === 'vae' ? versionIn(one.name) : undefined;
  const isSame = ({ name }: Loose) => Number(version !== undefined && versionIn(name) === version);
  return [...found].sort(
    (a, b) => isSame(b) - isSame(a) || Math.round(b.fineness) - Math.round(a.fineness) || (a.path < b.path ? -1 : 1),
  );
}

/** The latents of LTX-Video 0.9.1 and 0.9.5 have one shape and are not the same; files are named after their version. */
const versionIn = (name: string): string | undefined => /\d+[._]\d+([._]\d+)*/.exec(name)?.[0].replaceAll('_', '.');

/** Where the tokenizer of a text encoder may lie; where it is a model's that has the same kind of encoder, whose. */
async function tokenizerFor(
  { path, root, hasTokenizer }: Loose,
  wanted: Wanted,
  stock: Stock,
): Promise<{ places: string[]; from?: string }> {
  const above = dirname(path);
  const places = path.endsWith('.safetensors')
    ? [above, join(above, 'tokenizer'), join(root, 'tokenizer')]
    : [path, join(path, 'tokenizer'), join(above, 'tokenizer')];
  if (hasTokenizer || (await isAnyThere(places))) return { places };
  for (const folder of (await stock.inFolders()).filter(fits(wanted))) {
    const place = join(folder.root, 'tokenizer');
    if (await isAnyThere([place])) return { places: [...places, place], from: folder.name };
  }
  return { places };
}

async function isAnyThere(folders: readonly string[]): Promise<boolean> {
  const there = await Promise.allSettled(folders.flatMap(tokenizerPaths).map((path) => access(path)));
  return there.some(({ status }) => status === 'fulfilled');
}

function lack({ path, root }: Loose, { layout, part, offers }: Wanted, { loose }: Stock): string {
  const others = loose.filter(({ parts }) => parts.some((held) => held.part === part)).map(calledOf);
  const strange = others.length
    ? ` (${others.slice(0, 3).join(', ')} ${others.length === 1 ? 'is' : 'are'} of another model)`
    : '';
  return `${path}: ${aPart(part)} that fits this model is missing${strange}. Put ${layout.example(part, offers)} of ${root}.`;
}
