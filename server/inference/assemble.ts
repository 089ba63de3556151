import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ModelFiles, SingleLayout } from './families/single-layout';
import { isTokenizer } from './known-weights';
import { openWeights } from './stored-weights';
import { spieceToJson } from './tokenizer-spiece';

/**
 * Makes of single files a folder of the diffusers layout: small JSON files in the home folder, with pointers to weights
 * that stay where they are. All that reads models reads one layout so. Written only where it differs from what is there;
 * several processes may do so at once. Returns the folder; throws a sentence when the files cannot be used.
 */
export async function assemble(
  layout: SingleLayout,
  about: { files: ModelFiles; tokenizerPlaces: readonly string[]; dataFolder: string },
): Promise<string> {
  const { files, dataFolder } = about;
  const folder = assembledFolder(dataFolder, files);
  const small = await layout.describe(files);
  for (const [path, value] of Object.entries(small)) {
    await writeWhere(join(folder, path), `${JSON.stringify(value, null, 1)}\n`);
  }
  for (const [part, place] of [
    ['image-encoder', 'image_encoder'],
    ['second', 'transformer_2'],
  ] as const)
    if (!files[part]) await rm(join(folder, place), { recursive: true, force: true });
  if (!('skein.json' in small)) await rm(join(folder, 'skein.json'), { force: true });
  const encoder = files['text-encoder'];
  const tokenizer =
    encoder && (await writeTokenizer(join(folder, 'tokenizer'), encoder, { ...about, model: layout.tokenizer }));
  // Which edition of the model this is (decision 011): another choice of files is one, damage to a file is not.
  const edition = createHash('sha256').update(JSON.stringify({ small, tokenizer })).digest('hex');
  await writeWhere(join(folder, 'edition.json'), `${JSON.stringify({ files, tokenizer, edition }, null, 1)}\n`);
  return folder;
}

/** Where the folder of these files is, or will be. */
export const assembledFolder = (dataFolder: string, { denoiser }: ModelFiles): string =>
  join(dataFolder, 'single-files', createHash('sha256').update(denoiser).digest('hex').slice(0, 16));

let serial = 0;

async function writeWhere(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return;
  await replace(path, (part) => writeFile(part, text));
}

/** Whoever reads meanwhile sees the old file or the new one. */
async function replace(path: string, write: (part: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}-${serial++}.tmp`;
  await write(part);
  await rename(part, path);
}

/** Files that will do as a tokenizer, by preference. */
export const tokenizerPaths = (folder: string): string[] =>
  ['tokenizer.json', 'spiece.model'].map((name) => join(/* turbopackIgnore: true */ folder, name));

/** How a tokenizer's words are to be taken; lies beside it in the diffusers layout. */
export const tokenizerSettings = (folder: string): string =>
  join(/* turbopackIgnore: true */ folder, 'tokenizer_config.json');

/** tokenizer.json from inside the encoder's file, or from beside it; returns where it was found. */
async function writeTokenizer(
  folder: string,
  encoder: string,
  { tokenizerPlaces: places, model }: { tokenizerPlaces: readonly string[]; model: string },
): Promise<string> {
  const { tensors, isFolder } = await openWeights(encoder);
  const inside = [...tensors.values()].find(({ name }) => isTokenizer(name));
  const source = inside ? encoder : await firstThere(places.flatMap(tokenizerPaths));
  if (!source) {
    throw new Error(
      `${encoder}: no tokenizer is in this ${isFolder ? 'folder' : 'file'}. Put tokenizer.json of ${model} (or spiece.model) ${isFolder ? 'into it' : `beside it, into ${dirname(encoder)}`}.`,
    );
  }
  const { size, mtimeMs } = await stat(source);
  const settings = inside ? undefined : await firstThere([tokenizerSettings(dirname(source))]);
  const more = settings && { settings: (await stat(settings)).mtimeMs };
  const origin = `${JSON.stringify({ source, size, mtimeMs, ...more })}\n`;
  const note = join(folder, 'made-from.json');
  if ((await readFile(note, 'utf8').catch(() => null)) === origin) return source;
  const target = join(folder, 'tokenizer.json');
  if (inside) {
    const whole = await readBytes(inside);
    await replace(target, (part) => writeFile(part, JSON.stringify(spieceToJson(whole, encoder))));
  } else if (basename(source) === 'spiece.model') {
    const whole = await readFile(source);
    await replace(target, (part) => writeFile(part, JSON.stringify(spieceToJson(whole, source))));
  } else await replace(target, (part) => copyFile(source, part));
  const ours = tokenizerSettings(folder);
  if (settings) await replace(ours, (part) => copyFile(settings, part));
  else await rm(ours, { force: true });
  await writeWhere(note, origin);
  return source;
}

/** More than any vocabulary takes. */
const mostBytes = 256 << 20;

async function readBytes({
  file,
  offset,
  bytes,
}: {
  file: string;
  offset: number;
  bytes: number;
}): Promise<Uint8Array> {
  if (bytes > mostBytes) throw new Error(`${file}: its SentencePiece model is too large to be one. Download it again.`);
  const handle = await open(file, 'r');
  try {
    const raw = new Uint8Array(bytes);
    await handle.read(raw, 0, bytes, offset);
    return raw;
  } finally {
    await handle.close();
  }
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
