import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StoredTensor } from '../safetensors';

/*
 * Single files, as ComfyUI has them: each holds one part of a model (or several, under prefixes), and no file says which
 * belong together. A family that knows this layout says what a file holds and what it must agree in with others, and
 * describes a set of files by the small files of a diffusers folder; `assemble.ts` writes these down.
 */

export const singleParts = ['denoiser', 'text-encoder', 'vae', 'image-encoder'] as const;
export type SinglePart = (typeof singleParts)[number];

export interface PartInFile {
  part: SinglePart;
  /** What it is to others, e.g. `umt5-4096`: a text encoder's kind and width, a VAE's kind and channels. */
  offers?: string;
  /** What a denoiser cannot do without. */
  needs?: Partial<Record<SinglePart, string>>;
}

/** Files of one model: real paths, by part. `second` is the other network of a pair that takes turns. */
export interface ModelFiles extends Partial<Record<SinglePart, string>> {
  denoiser: string;
  second?: string;
}

const pointer = z.object({ file: z.string(), part: z.enum(singleParts) });
/** In a component's folder instead of weights: where they are, and which part of that file is meant. */
export type Pointer = z.output<typeof pointer>;
export const pointerName = 'single-file.json';

/** Null where the weights lie in the folder itself. */
export async function readPointer(folder: string): Promise<Pointer | null> {
  const path = join(folder, pointerName);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return pointer.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path}: this does not say where the weights are. Delete the folder: Skein writes it anew.`);
  }
}

export interface SingleLayout {
  /** Reads names and shapes only. */
  partsIn(tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape'>>): readonly PartInFile[];
  /** A file that would help where a part is missing, and the folder it belongs in. */
  example(part: SinglePart, wanted: string): string;
  /** Whose tokenizer it is, where the text encoder's file has none inside. */
  tokenizer: string;
  /** JSON files of the diffusers folder, by path in it. Throws a sentence with a remedy when the files cannot be used. */
  describe(files: ModelFiles): Promise<Record<string, object>>;
}
