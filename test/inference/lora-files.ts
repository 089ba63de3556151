import { writeFile } from 'node:fs/promises';
import type { Checkpoint } from '../../server/inference/checkpoint';
import { readTensor } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';
import { originalDenoiserName } from './original-layout';
import { narrow } from './store-weights';

/** A LoRA by formula: what it is, whatever a file calls it. */
export interface Recipe {
  rank: number;
  /** Left out in files that have none; then it equals the rank. */
  alpha?: number;
  seed: number;
  /** Also changes norms and biases, as files of few-step models do. */
  full?: boolean;
  half?: boolean;
}

export const dialects = ['peft', 'peft-original', 'original', 'kohya', 'kohya-ours'] as const;
export type Dialect = (typeof dialects)[number];

const wave = (count: number, seed: number, size: number) =>
  Float32Array.from({ length: count }, (_, i) => size * Math.sin(0.7 * i + seed) * Math.cos(0.13 * i * seed));

/** The modules with a matrix, and the matrices themselves. */
const matricesOf = (checkpoint: Checkpoint) =>
  [...checkpoint.tensors].filter(([name, { shape }]) => name.endsWith('.weight') && shape.length > 1);

function piecesOf({ rank, seed, half }: Recipe, about: { index: number; shape: readonly number[] }) {
  const [out = 0, ...rest] = about.shape;
  const width = rest.reduce((a, b) => a * b, 1);
  const down = wave(rank * width, seed + about.index, 0.3);
  const up = wave(out * rank, seed + 2 * about.index + 1, 0.2);
  const rounded = (data: Float32Array) => (half ? Float32Array.from(data, (x) => Math.round(x * 128) / 128) : data);
  return { down: rounded(down), up: rounded(up), out, rest, width };
}

/** Writes the LoRA of this recipe for all matrices of a checkpoint, in one of the ways people write them. */
export async function writeLora(
  file: string,
  checkpoint: Checkpoint,
  about: { recipe: Recipe; dialect: Dialect; more?: Record<string, TensorToWrite> },
): Promise<void> {
  const { recipe, dialect, more = {} } = about;
  const isOurs = dialect === 'peft' || dialect === 'kohya-ours';
  const isKohya = dialect.startsWith('kohya');
  const [a, b] = dialect.startsWith('peft') ? ['lora_A', 'lora_B'] : ['lora_down', 'lora_up'];
  const called = (module: string) => {
    const original = () =>
      module.endsWith('table')
        ? originalDenoiserName(module)
        : originalDenoiserName(`${module}.weight`).slice(0, -'.weight'.length);
    const name = isOurs ? module : original();
    if (isKohya) return `lora_unet_${name.replaceAll('.', '_')}`;
    return (dialect === 'peft' ? 'transformer.' : 'diffusion_model.') + name;
  };
  const data = (x: Float32Array) => (recipe.half ? narrow(x, 'BF16') : x);
  const tensors: Record<string, TensorToWrite> = {};
  for (const [index, [name, { shape }]] of matricesOf(checkpoint).entries()) {
    const { down, up, out, rest } = piecesOf(recipe, { index, shape });
    const at = called(name.slice(0, -'.weight'.length));
    tensors[`${at}.${a}.weight`] = { shape: [recipe.rank, ...rest], data: data(down) };
    tensors[`${at}.${b}.weight`] = { shape: [out, recipe.rank, ...rest.slice(1).map(() => 1)], data: data(up) };
    if (recipe.alpha !== undefined && !dialect.startsWith('peft')) {
      tensors[`${at}.alpha`] = { shape: [], data: Float32Array.of(recipe.alpha) };
    }
  }
  if (recipe.full) {
    for (const [index, [name, { shape }]] of fullOf(checkpoint).entries()) {
      const isBias = name.endsWith('.bias');
      const module = called(name.replace(/\.(weight|bias)$/, ''));
      // lightx2v's files call a table by the layer it belongs to.
      const isTable = dialect === 'original' && module.endsWith('.modulation');
      const key = isTable ? module.replace('.modulation', '.diff_m') : `${module}.${isBias ? 'diff_b' : 'diff'}`;
      tensors[key] = {
        shape,
        data: wave(
          shape.reduce((x, y) => x * y, 1),
          recipe.seed + index,
          0.1,
        ),
      };
    }
  }
  const metadata: Record<string, string> = {};
  if (recipe.alpha !== undefined && dialect.startsWith('peft')) {
    metadata['lora_adapter_metadata'] = JSON.stringify({
      'transformer.lora_alpha': recipe.alpha,
      'transformer.r': recipe.rank,
    });
  }
  await writeFile(file, encodeSafetensors({ ...tensors, ...more }, metadata));
}

const fullOf = (checkpoint: Checkpoint) =>
  [...checkpoint.tensors].filter(([name]) => /norm|to_v\.bias|scale_shift_table/.test(name));

/** The weights of a checkpoint with LoRAs merged into them, as the definition says: W + strength · alpha / rank · up · down. */
export async function mergedWeights(
  checkpoint: Checkpoint,
  loras: readonly { recipe: Recipe; strength: number }[],
): Promise<Record<string, TensorToWrite>> {
  const merged: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
  for (const [name, tensor] of checkpoint.tensors)
    merged[name] = { shape: tensor.shape, data: await readTensor(tensor) };
  for (const { recipe, strength } of loras) {
    const { rank, alpha = rank } = recipe;
    for (const [index, [name, { shape }]] of matricesOf(checkpoint).entries()) {
      const { down, up, out, width } = piecesOf(recipe, { index, shape });
      const { data } = merged[name]!;
      for (let o = 0; o < out; o++) {
        for (let i = 0; i < width; i++) {
          let sum = 0;
          for (let r = 0; r < rank; r++) sum += up[o * rank + r]! * down[r * width + i]!;
          data[o * width + i]! += (strength * alpha * sum) / rank;
        }
      }
    }
    if (!recipe.full) continue;
    for (const [index, [name]] of fullOf(checkpoint).entries()) {
      const { data } = merged[name]!;
      const delta = wave(data.length, recipe.seed + index, 0.1);
      for (let i = 0; i < data.length; i++) data[i]! += strength * delta[i]!;
    }
  }
  return merged;
}
