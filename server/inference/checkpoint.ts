import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLora } from './lora-keys';
import { whyNoShards, whyNoWeights } from './missing-weights';
import { openSafetensors, type StoredTensor } from './safetensors';
import { withScales } from './scales';
import { stems, weightSets } from './weight-names';

const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** All tensors of one component of a model, whether it lies in one file or in shards. */
export class Checkpoint {
  constructor(
    readonly folder: string,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
    /** Its weight files in name order: real path, size. */
    readonly files: readonly { path: string; bytes: number }[],
    /** The same files as they are called in the folder, before links are followed. */
    readonly paths: readonly string[] = [],
    /** Which of several sets of weights it is, by name (`fp16`); empty for the plain one, and where there is nothing to choose. */
    readonly variant = '',
  ) {}

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** The tensor of this name; `shape` is what the configuration says it must have. Throws with a remedy otherwise. */
  get(name: string, shape?: readonly number[]): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) {
      const says = isLora(this.tensors.keys())
        ? 'These weights are a LoRA, not a whole network. Put them into a folder called loras among the models, and the weights of the model here.'
        : `the tensor "${name}" is missing. The files do not belong to this config.json: download the folder again.`;
      throw new Error(`${this.folder}: ${says}`);
    }
    if (shape && (shape.length !== tensor.shape.length || shape.some((size, axis) => size !== tensor.shape[axis]))) {
      throw new Error(
        `${this.folder}: the tensor "${name}" is [${tensor.shape.join(', ')}] where config.json asks for [${shape.join(', ')}]. Take both from the same download.`,
      );
    }
    return tensor;
  }
}

/** The checkpoint with some of its matrices to be multiplied by in fp16; those that have scales beside them stay as they are. */
export function withHalves(checkpoint: Checkpoint, isHalf: (tensor: string) => boolean): Checkpoint {
  const tensors = [...checkpoint.tensors].map(
    ([name, stored]) => [name, isHalf(name) && !stored.scale ? { ...stored, isHalf: true } : stored] as const,
  );
  return new Checkpoint(checkpoint.folder, new Map(tensors), checkpoint.files, checkpoint.paths);
}

/**
 * Opens `diffusion_pytorch_model` or `model`, single or sharded, in a component's folder: the plain weights, or where these are
 * not there the most exact variant (`weight-names.ts`). Reads headers only.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const [set] = weightSets(await readdir(folder).catch(() => []));
  if (!set) throw new Error(await whyNoWeights(folder, stems));
  if (set.index === undefined) return fromFiles(folder, set.files, { variant: set.variant });
  const shards = await readShardIndex(join(folder, set.index));
  return fromFiles(folder, [...new Set(shards.values())].sort(), { variant: set.variant, shards });
}

async function fromFiles(
  folder: string,
  names: string[],
  { variant, shards }: { variant: string; shards?: Map<string, string> },
): Promise<Checkpoint> {
  const tensors = new Map<string, StoredTensor>();
  const files: { path: string; bytes: number }[] = [];
  const there = await Promise.all(names.map((name) => exists(join(folder, name))));
  const lacking = names.filter((_, i) => !there[i]);
  if (lacking.length) throw new Error(await whyNoShards(folder, { lacking, of: names.length }));
  for (const name of names) {
    const file = await openSafetensors(join(folder, name));
    files.push({ path: file.path, bytes: file.bytes });
    for (const [key, tensor] of file.tensors) if (!shards || shards.get(key) === name) tensors.set(key, tensor);
  }
  for (const [key, name] of shards ?? []) {
    if (!tensors.has(key))
      throw new Error(`${folder}: "${name}" lacks the tensor "${key}". Download this shard again.`);
  }
  return new Checkpoint(
    folder,
    withScales(tensors),
    files,
    names.map((name) => join(folder, name)),
    variant,
  );
}

async function readShardIndex(path: string): Promise<Map<string, string>> {
  let index: z.output<typeof shardIndex>;
  try {
    index = shardIndex.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    throw new Error(`${path}: this is not a shard index with a "weight_map". Download it again.`);
  }
  for (const name of Object.values(index.weight_map)) {
    // Shards lie beside their index; a path here could point anywhere on the disk.
    if (!/^[\w.-]+\.safetensors$/.test(name)) {
      throw new Error(`${path}: "${name}" is not a plain .safetensors file name. Download the index again.`);
    }
  }
  return new Map(Object.entries(index.weight_map));
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
