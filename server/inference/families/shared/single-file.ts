import { join } from 'node:path';
import { z } from 'zod';
import { Checkpoint } from '../../checkpoint';
import type { StoredTensor } from '../../safetensors';
import { withScales } from '../../scales';
import { openWeights, type StoredWeights } from '../../stored-weights';
import { type Pointer, type SinglePart, singleParts } from '../single-layout';
import type { Config, Tensors } from './infer-config';
import { readConfig } from './read-config';

/*
 * Models in single files, as ComfyUI has them: a denoiser, a text encoder or a VAE in one `.safetensors`, or several of them
 * in one file, each under a prefix. Tensors get the names of the diffusers layout, so that nothing else sees a difference.
 */

/** A tensor by which a part is known: `mark` ends the name that gives the prefix, one of `besides` must stand beside it. */
export interface Mark {
  mark: string;
  axes: number;
  besides: readonly string[];
}

/** What a family's single files are like. */
export interface SingleFiles {
  /** What its models are called. */
  name: string;
  marks: Readonly<Partial<Record<SinglePart, readonly Mark[]>>>;
  /** Diffusers' name of a tensor, or null for one that has none. */
  names(part: SinglePart, tensors: ReadonlyMap<string, unknown>): (name: string) => string | null;
  /** What config.json would say, from shapes under diffusers' names. */
  infer(part: SinglePart, tensors: Tensors): Config;
  /** What the file's own metadata may say better, of what stands there under `key`. */
  said: Readonly<Partial<Record<SinglePart, { key: string; fields?: readonly string[] }>>>;
}

/** Which parts of a model a file holds, each with the prefix of its names. */
export function prefixesIn({ marks }: SingleFiles, tensors: Tensors): Map<SinglePart, string> {
  const found = new Map<SinglePart, string>();
  for (const [name, { shape }] of tensors) {
    for (const part of singleParts) {
      for (const { mark, axes, besides } of marks[part] ?? []) {
        if (found.has(part) || shape.length !== axes || !(name === mark || name.endsWith(`.${mark}`))) continue;
        const prefix = name.slice(0, -mark.length);
        if (besides.some((other) => tensors.has(prefix + other))) found.set(part, prefix);
      }
    }
  }
  return found;
}

/** A file's tensors of one part under diffusers' names, with their scales. A denoiser with others is another model. */
function tensorsOf(family: SingleFiles, file: StoredWeights, part: SinglePart): Map<string, StoredTensor> {
  const prefix = prefixesIn(family, file.tensors).get(part);
  if (prefix === undefined)
    throw new Error(`${file.path}: no ${part} of ${family.name} models is in this file. Choose another file.`);
  const own = new Map<string, StoredTensor>();
  for (const [name, tensor] of file.tensors) if (name.startsWith(prefix)) own.set(name.slice(prefix.length), tensor);
  own.delete('spiece_model');
  // Beside a part without a prefix lie others, under theirs.
  if (prefix === '') for (const other of prefixesIn(family, file.tensors).values()) removeUnder(own, other);
  const scaled = withScales(own);
  const names = family.names(part, scaled);
  const tensors = new Map<string, StoredTensor>();
  const unknown: string[] = [];
  for (const [name, tensor] of scaled) {
    const ours = names(name);
    if (ours === null) unknown.push(name);
    else tensors.set(ours, tensor);
  }
  if (part === 'denoiser' && unknown.length) {
    throw new Error(
      `${file.path}: ${unknown.length} of its tensors belong to no ${family.name} model that Skein knows (first: "${unknown[0]}"). It is a variant with parts of its own: use a plain text-to-video or image-to-video model.`,
    );
  }
  return tensors;
}

function removeUnder(tensors: Map<string, unknown>, prefix: string): void {
  if (prefix === '') return;
  for (const name of [...tensors.keys()]) if (name.startsWith(prefix)) tensors.delete(name);
}

/** What the file's own metadata say about a part: LTX's files and Skein's tests write `config` there. */
function saidIn(file: StoredWeights, about: SingleFiles['said'][SinglePart]): object {
  const own = about && configIn(file, about.key);
  if (typeof own !== 'object' || own === null) return {};
  return Object.fromEntries(Object.entries(own).filter(([field]) => about?.fields?.includes(field) ?? true));
}

/** A field of the `config` in a file's own metadata; undefined where there is none. */
export function configIn({ metadata, path }: Pick<StoredWeights, 'metadata' | 'path'>, field: string): unknown {
  if (metadata['config'] === undefined) return undefined;
  try {
    const config: unknown = JSON.parse(metadata['config']);
    return typeof config === 'object' && config !== null ? Reflect.get(config, field) : undefined;
  } catch {
    throw new Error(`${path}: the "config" in the file's metadata is not JSON. Download the file again.`);
  }
}

/** The weights a pointer leads to, under the names of the diffusers layout. Reads the header only. */
export async function openSingleFile(family: SingleFiles, { file: path, part }: Pointer): Promise<Checkpoint> {
  const stored = await openWeights(path);
  return new Checkpoint(path, tensorsOf(family, stored, part), stored.files, stored.paths, stored.variant);
}

/**
 * What config.json would say: read off the shapes; what the file's own metadata say of it goes before. A folder whose weights
 * have diffusers' names has a config.json, which says all.
 */
export async function configOf(family: SingleFiles, { file: path, part }: Pointer): Promise<object> {
  const stored = await openWeights(path);
  const tensors = tensorsOf(family, stored, part);
  if (stored.isFolder && [...tensors.keys()].every((name) => stored.tensors.has(name)))
    return readConfig(join(path, 'config.json'), z.looseObject({}));
  return { ...family.infer(part, tensors), ...saidIn(stored, family.said[part]) };
}
