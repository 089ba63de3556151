import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ConditioningValue } from '../../nodes/values';
import { decodeSafetensors } from '../../server/inference/safetensors';

/** The fixtures made with diffusers; see test/parity/README.md. */
export const parityFolder = fileURLToPath(new URL('../parity', import.meta.url));
export const folders = ['wan21-t2v', 'wan22-ti2v'] as const;
/** Where the model that ships lies, and what diffusers makes of it: `training/compare.py`. */
export const shippedFolder = fileURLToPath(new URL('../../models', import.meta.url));
const goslingFolder = 'gosling';

export interface ParityCase {
  id: string;
  folder: (typeof folders)[number] | typeof goslingFolder;
  file: string;
  prompt: string;
  negative_prompt: string | null;
  seed: number;
  height: number;
  width: number;
  num_frames: number;
  steps: number;
  guidance_scale: number;
  max_sequence_length: number;
  image: string | null;
  scheduler: 'folder' | { _class_name: string; shift?: number; flow_shift?: number };
  expected: { prompt_token_ids: number[]; negative_token_ids?: number[]; noise_sha256: string; timesteps: number[] };
}

// The fixtures' own schema; a wrong one shows at once in every test that reads it.
const readCases = (file: string) =>
  (JSON.parse(readFileSync(`${parityFolder}/${file}`, 'utf8')) as { cases: ParityCase[] }).cases;
export const cases = readCases('cases.json');
export const goslingCases = readCases(`${goslingFolder}/cases.json`).map((about) => ({
  ...about,
  file: `${goslingFolder}/${about.file}`,
  image: about.image && `${goslingFolder}/${about.image}`,
}));

export type Tensors = Map<string, { data: Float32Array; shape: readonly number[] }>;

/** A fixture's floating-point tensors; int64 ones (timesteps of two schedulers) also stand in cases.json. */
export function readTensors(file: string): Tensors {
  return decodeSafetensors(readFileSync(`${parityFolder}/${file}`)).tensors;
}

export function tensor(tensors: Tensors, name: string) {
  const found = tensors.get(name);
  if (!found) throw new Error(`the fixture has no ${name}`);
  return found;
}

/** Element i of a [steps, ...] tensor. */
export function step({ data, shape }: { data: Float32Array; shape: readonly number[] }, index: number): Float32Array {
  const size = data.length / shape[0]!;
  return data.subarray(index * size, (index + 1) * size);
}

export function conditioning(
  states: { data: Float32Array; shape: readonly number[] },
  length: number,
): ConditioningValue {
  const [tokens = 0, width = 0] = states.shape;
  return { kind: 'conditioning', family: 'wan', states: states.data, tokens, width, length };
}

/** The largest difference, divided by the largest reference value. */
export function relative(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  let top = 0;
  for (let i = 0; i < reference.length; i++) top = Math.max(top, Math.abs(reference[i]!));
  return absolute(found, reference) / top;
}

/** The largest difference; NaN counts as infinite. */
export function absolute(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (found.length !== reference.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs(found[i]! - reference[i]!);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst;
}
