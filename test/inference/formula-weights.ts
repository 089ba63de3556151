import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checkpoint } from '../../server/inference/checkpoint';
import { openSafetensors } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';

/**
 * Weights by formula, so that golden numbers need no files: keys in ASCII order, element i of the k-th key is
 * 0.1 sin(0.37 i + k), plus 1 for norms.
 */
export async function formulaCheckpoint(
  shapes: ReadonlyMap<string, readonly number[]>,
  indexOf?: (name: string, position: number) => number,
): Promise<Checkpoint> {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [position, name] of [...shapes.keys()].sort().entries()) {
    const shape = shapes.get(name)!;
    const k = indexOf?.(name, position) ?? position;
    const one = /(norm_q\.weight|norm_k\.weight|layer_norm\.weight|gamma)$/.test(name) || name.includes('norm2.weight');
    const count = shape.reduce((total, size) => total * size, 1);
    const data = Float32Array.from(
      { length: count },
      (_, i) => Math.fround(0.1 * Math.sin(0.37 * i + k)) + (one ? 1 : 0),
    );
    tensors[name] = { shape, data };
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-formula-')));
  const path = join(folder, 'model.safetensors');
  await writeFile(path, encodeSafetensors(tensors));
  const file = await openSafetensors(path);
  return new Checkpoint(folder, file.tensors, [file]);
}

/** R(shape): element i is sin(0.11 i). */
export const ramp = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(0.11 * i));

/** Σ|x|, Σx, the first four and the last three: how golden numbers are written down. */
export function summary(data: Float32Array): number[] {
  const sum = (f: (x: number) => number) => data.reduce((total, x) => total + f(x), 0);
  return [sum(Math.abs), sum((x) => x), ...data.slice(0, 4), ...data.slice(-3)];
}
