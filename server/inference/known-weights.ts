import { stat } from 'node:fs/promises';
import { families } from './families/registry';
import type { PartInFile, SingleLayout } from './families/single-layout';
import { folderSignature } from './folder-signature';
import { isLora, splitKey } from './lora-keys';
import { dtypeBytes } from './safetensors-header';
import { openWeights } from './stored-weights';

/** Weights by what they hold: a file outside of any model folder, or the folder of one part. */
export interface Known {
  path: string;
  parts: readonly (PartInFile & { layout: SingleLayout })[];
  isLora: boolean;
  /** Bytes for each number, on average: of two that would both do, the finer one is taken. */
  fineness: number;
  /** A text encoder that brings its tokenizer in the same file. */
  hasTokenizer: boolean;
  broken?: string;
}

/** Headers that were read, with the state their files were in. */
const held = new Map<string, { stamp: string; known: Known }>();

/** What weights hold; those that cannot be read are `broken`. Headers are read again only when a file has changed. */
export async function know(path: string): Promise<Known> {
  const about = await stat(path).catch(() => null);
  const stamp = about?.isDirectory() ? await folderSignature(path) : `${about?.size} ${about?.mtimeMs} ${about?.ino}`;
  const before = held.get(path);
  if (before?.stamp === stamp) return before.known;
  const known = await read(path).catch((error: unknown): Known => {
    const broken = error instanceof Error ? error.message : String(error);
    return { ...nothing, path, broken };
  });
  held.set(path, { stamp, known });
  return known;
}

const nothing = { parts: [], isLora: false, fineness: 0, hasTokenizer: false };

async function read(path: string): Promise<Known> {
  const { path: place, tensors } = await openWeights(path);
  if (isLora(tensors.keys())) return { ...nothing, path: place, isLora: isOurLora([...tensors.keys()]) };
  const layouts = Object.values(families).flatMap(({ singleFiles }) => singleFiles ?? []);
  const parts = layouts.flatMap((layout) => layout.partsIn(tensors).map((part) => ({ ...part, layout })));
  let [numbers, bytes] = [0, 0];
  for (const tensor of tensors.values()) {
    if (!/^B?F\d/.test(tensor.dtype)) continue;
    numbers += tensor.bytes / dtypeBytes[tensor.dtype];
    bytes += tensor.bytes;
  }
  const hasTokenizer = [...tensors.keys()].some(isTokenizer);
  return { path: place, parts, isLora: false, fineness: bytes / Math.max(1, numbers), hasTokenizer };
}

/** Whether a tensor of this name is a SentencePiece model: some files of text encoders bring theirs. */
export const isTokenizer = (name: string): boolean => name === 'spiece_model' || name.endsWith('.spiece_model');

/** LoRAs of other models are left alone, as their checkpoints are: people have hundreds of them. */
const isOurLora = (keys: readonly string[]): boolean =>
  Object.values(families).some(({ loraSpelling }) => {
    const spell = loraSpelling?.(keys);
    return keys.some((key) => {
      const found = splitKey(key);
      return found && spell && spell(found.module) !== null;
    });
  });
