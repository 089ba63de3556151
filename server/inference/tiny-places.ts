import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelCard } from '../../nodes/values';
import type { Digests } from './digests';
import { weightFiles } from './find-files';
import { openSafetensors } from './safetensors';
import { strayLink } from './stray-links';
import { type TinyLayout, tinyLayout } from './tiny-layout';

/** A file with a tiny decoder. Those of different models look alike: its name says whose latents it was made for. */
interface TinyFile {
  name: string;
  /** Real path. */
  path: string;
  bytes: number;
  layout: TinyLayout;
}

const looksTiny = (path: string): boolean => /tae[a-z]*\d.*\.safetensors$/i.test(basename(path));

/** Tiny decoders among the loose files of the model folders, by name. What cannot be read is left out. */
export async function tinyFiles(modelFolders: readonly string[]): Promise<TinyFile[]> {
  const paths = (await Promise.all(modelFolders.map(weightFiles))).flat().filter(looksTiny);
  return known([...new Set(paths)], modelFolders);
}

async function known(paths: readonly string[], folders: readonly string[]): Promise<TinyFile[]> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  const found = await Promise.all(paths.map((path) => read(path, roots).catch(() => null)));
  return found.flatMap((one) => one ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function read(path: string, roots: readonly string[]): Promise<TinyFile | null> {
  if ((await strayLink(path, roots)) !== null) return null;
  const file = await openSafetensors(path);
  const layout = tinyLayout(file.tensors);
  return layout && { name: basename(path, '.safetensors'), path: file.path, bytes: file.bytes, layout };
}

/**
 * The tiny decoder of a model: one in its own folder, or a loose one with the name its family knows (`taew2_1`, with more
 * before or behind it). Null when there is none whose sizes fit.
 */
export async function tinyFor(
  card: ModelCard,
  about: { folder: string; loose: readonly TinyFile[] },
): Promise<TinyFile | null> {
  const { channels, scale } = card.latent;
  const fits = ({ layout }: TinyFile) => layout.channels === channels && 8 * layout.patch === scale;
  const names = await readdir(about.folder).catch(() => []);
  const paths = names.filter(looksTiny).map((name) => join(about.folder, name));
  const [own] = (await known(paths, [about.folder])).filter(fits);
  if (own || !card.tiny) return own ?? null;
  const wanted = new RegExp(card.tiny.name.replace('_', '[._-]?'), 'i');
  const named = about.loose.filter((file) => wanted.test(file.name) && fits(file));
  // The plain name before its variants.
  return named.sort((a, b) => a.name.length - b.name.length)[0] ?? null;
}

/** The card, with the tiny decoder that is there for it. */
export async function withTiny(
  card: ModelCard,
  about: { folder: string; loose: readonly TinyFile[]; digests: Digests },
): Promise<{ card: ModelCard; tiny?: string }> {
  if (card.broken || card.lora) return { card };
  const file = await tinyFor(card, about);
  if (!file) return { card };
  const { sha256 } = await about.digests.of(file.path, 'file');
  return { card: { ...card, tiny: { name: file.name, digest: sha256, bytes: file.bytes } }, tiny: file.path };
}
