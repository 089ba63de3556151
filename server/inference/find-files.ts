import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { families } from './families/registry';
import type { ModelFiles, PartInFile, SingleLayout } from './families/single-layout';
import { type SinglePart, singleParts } from './families/single-layout';
import { foreignName, isCalledLikeOurs, isUnfinished } from './foreign-format';
import { isLora, splitKey } from './lora-keys';
import { openSafetensors } from './safetensors';
import { dtypeBytes } from './safetensors-header';

/** A weights file outside of any model folder, by what it holds. */
interface Known {
  path: string;
  parts: readonly (PartInFile & { layout: SingleLayout })[];
  isLora: boolean;
  /** Bytes for each number, on average: of two files that would both do, the finer one is taken. */
  fineness: number;
  broken?: string;
}

/** What a folder of files offers as models: by name, and why it cannot be used where something is missing. */
export interface FoundFile {
  name: string;
  /** Real path of the denoiser's file, or of the LoRA's. */
  path: string;
  kind: 'files' | 'lora';
  files?: { layout: SingleLayout; files: ModelFiles; tokenizerPlaces: readonly string[] };
  broken?: string;
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
      const isFolder = entry.isDirectory() || (depth === 0 && entry.isSymbolicLink() && (await isDirectory(path)));
      if (isFolder) {
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

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  );

/** Headers that were read, with the state their file was in. */
const headers = new Map<string, { stamp: string; known: Known }>();

async function know(path: string): Promise<Known> {
  const about = await stat(path).catch(() => null);
  const stamp = `${about?.size} ${about?.mtimeMs} ${about?.ino}`;
  const held = headers.get(path);
  if (held?.stamp === stamp) return held.known;
  const known = await read(path).catch((error: unknown): Known => {
    const broken = error instanceof Error ? error.message : String(error);
    return { path, parts: [], isLora: false, fineness: 0, broken };
  });
  headers.set(path, { stamp, known });
  return known;
}

async function read(path: string): Promise<Known> {
  const { path: file, tensors } = await openSafetensors(path);
  if (isLora(tensors.keys())) return { path: file, parts: [], isLora: isOurLora([...tensors.keys()]), fineness: 0 };
  const layouts = Object.values(families).flatMap(({ singleFiles }) => singleFiles ?? []);
  const parts = layouts.flatMap((layout) => layout.partsIn(tensors).map((part) => ({ ...part, layout })));
  let [numbers, bytes] = [0, 0];
  for (const tensor of tensors.values()) {
    if (!/^B?F\d/.test(tensor.dtype)) continue;
    numbers += tensor.bytes / dtypeBytes[tensor.dtype];
    bytes += tensor.bytes;
  }
  return { path: file, parts, isLora: false, fineness: bytes / Math.max(1, numbers) };
}

/** LoRAs of other models are left alone, as their checkpoints are: people have hundreds of them. */
const isOurLora = (keys: readonly string[]): boolean =>
  Object.values(families).some(({ loraSpelling }) => {
    const spell = loraSpelling?.(keys);
    return keys.some((key) => {
      const found = splitKey(key);
      return found && spell && spell(found.module) !== null;
    });
  });

/**
 * Models and LoRAs among the files of a folder. Each denoiser is a model; its text encoder and VAE are those files of the
 * folder that fit it (docs/decisions/012). `reason` says why a path may not be used, if so.
 */
export async function filesIn(root: string, reason: (path: string) => Promise<string | null>): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const good: (Known & { name: string })[] = [];
  for (const path of await weightFiles(root)) {
    const name = basename(path, '.safetensors');
    const isAmongLoras = path.slice(root.length).split(/[\\/]/).includes('loras');
    const foreign = foreignName(path);
    const stray = await reason(path);
    const says = stray ?? (foreign && `${path}: ${foreign.says} ${foreign.remedy}`);
    const known = says === null ? await know(path) : null;
    const broken = says ?? known?.broken;
    // Where a link leads that may not be followed is nobody's business.
    const place = stray === null ? await realpath(path).catch(() => path) : path;
    if (broken !== undefined) found.push({ name, path: place, kind: isAmongLoras ? 'lora' : 'files', broken });
    else if (known?.isLora) found.push({ name, path: known.path, kind: 'lora' });
    else if (known?.parts.length) good.push({ ...known, name });
  }
  const taken = new Set<string>();
  for (const one of good) {
    const denoiser = one.parts.find(({ part }) => part === 'denoiser');
    if (!denoiser || taken.has(one.path)) continue;
    const second = good.find((other) => isSecond(one.name, other.name) && other.parts.some(isDenoiser));
    if (good.some((other) => isSecond(other.name, one.name) && other.parts.some(isDenoiser))) continue;
    if (second) taken.add(second.path);
    found.push(combined({ ...one, denoiser }, { good, root, second: second?.path }));
  }
  return found;
}

const isDenoiser = ({ part }: PartInFile) => part === 'denoiser';
const noisy = /high[_-]?noise/i;
/** The pair of an A14B model differs in one word of its names. */
const isSecond = (first: string, second: string): boolean =>
  noisy.test(first) &&
  /low[_-]?noise/i.test(second) &&
  first.replace(noisy, '').toLowerCase() === second.replace(/low[_-]?noise/i, '').toLowerCase();

const named: Record<SinglePart, string> = {
  denoiser: 'a denoiser',
  'text-encoder': 'a text encoder',
  vae: 'a VAE',
  'image-encoder': 'an image encoder',
};

function combined(
  one: Known & { name: string; denoiser: Known['parts'][number] },
  about: { good: readonly Known[]; root: string; second: string | undefined },
): FoundFile {
  const { good, root, second } = about;
  const { layout, needs = {} } = one.denoiser;
  const name =
    second === undefined
      ? one.name
      : one.name
          .replace(noisy, '')
          .replace(/[_-]{2,}/g, '_')
          .replace(/^[_-]+|[_-]+$/g, '');
  const files: ModelFiles = { denoiser: one.path, ...(second === undefined ? {} : { second }) };
  for (const part of singleParts) {
    const wanted = needs[part];
    if (wanted === undefined) continue;
    const fitting = good.filter((other) =>
      other.parts.some((held) => held.layout === layout && held.part === part && held.offers === wanted),
    );
    // Their own file first; then the finest; then by name, so that the choice stays.
    const [best] = fitting.sort(
      (a, b) =>
        Number(b.path === one.path) - Number(a.path === one.path) ||
        Math.round(b.fineness) - Math.round(a.fineness) ||
        (a.path < b.path ? -1 : 1),
    );
    if (!best) {
      const others = good
        .filter(({ parts }) => parts.some((held) => held.part === part))
        .map(({ path }) => basename(path));
      const strange = others.length
        ? ` (${others.slice(0, 3).join(', ')} ${others.length === 1 ? 'is' : 'are'} of another model)`
        : '';
      const broken = `${one.path}: ${named[part]} that fits this model is missing${strange}. Put ${layout.example(part, wanted)} of ${root}.`;
      return { name, path: one.path, kind: 'files', broken };
    }
    files[part] = best.path;
  }
  const beside = dirname(files['text-encoder'] ?? one.path);
  const tokenizerPlaces = [beside, join(beside, 'tokenizer'), join(root, 'tokenizer')];
  return { name, path: one.path, kind: 'files', files: { layout, files, tokenizerPlaces } };
}
