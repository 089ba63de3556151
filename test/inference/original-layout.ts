import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../../server/inference/checkpoint';
import { readTensor, type StoredTensor } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';
import { fp8, narrow } from './store-weights';

/*
 * The fixtures' weights saved anew, as other people save them. The names are written down here a second time, on purpose:
 * a test that used the product's own table would agree with any mistake in it.
 */

/** `fp8-widened`: the numbers that scaled fp8 stands for, as fp32. */
export type Storage = 'F32' | 'BF16' | 'F16' | 'fp8-scaled' | 'fp8-widened';

const rules: [RegExp, string][] = [
  [/^condition_embedder\.time_embedder\.linear_1/, 'time_embedding.0'],
  [/^condition_embedder\.time_embedder\.linear_2/, 'time_embedding.2'],
  [/^condition_embedder\.time_proj/, 'time_projection.1'],
  [/^condition_embedder\.text_embedder\.linear_1/, 'text_embedding.0'],
  [/^condition_embedder\.text_embedder\.linear_2/, 'text_embedding.2'],
  [/^condition_embedder\.image_embedder\.norm1/, 'img_emb.proj.0'],
  [/^condition_embedder\.image_embedder\.ff\.net\.0\.proj/, 'img_emb.proj.1'],
  [/^condition_embedder\.image_embedder\.ff\.net\.2/, 'img_emb.proj.3'],
  [/^condition_embedder\.image_embedder\.norm2/, 'img_emb.proj.4'],
  [/^condition_embedder\.image_embedder\.pos_embed/, 'img_emb.emb_pos'],
  [/^scale_shift_table/, 'head.modulation'],
  [/^proj_out/, 'head.head'],
  [/\.scale_shift_table$/, '.modulation'],
  [/\.ffn\.net\.0\.proj\./, '.ffn.0.'],
  [/\.ffn\.net\.2\./, '.ffn.2.'],
  [/\.norm2\./, '.norm3.'],
  [/\.attn1\./, '.self_attn.'],
  [/\.attn2\./, '.cross_attn.'],
  [/\.add_([kv])_proj\./, '.$1_img.'],
  [/\.norm_added_k\./, '.norm_k_img.'],
  [/\.to_([qkv])\./, '.$1.'],
  [/\.to_out\.0\./, '.o.'],
];
export const originalDenoiserName = (name: string): string =>
  rules.reduce((so, [from, to]) => so.replace(from, to), name);

const layer = (name: string) =>
  name
    .replace(/\.norm1\.gamma$/, '.residual.0.gamma')
    .replace(/\.conv1\.(\w+)$/, '.residual.2.$1')
    .replace(/\.norm2\.gamma$/, '.residual.3.gamma')
    .replace(/\.conv2\.(\w+)$/, '.residual.6.$1')
    .replace('.conv_shortcut.', '.shortcut.')
    .replace('coder.conv_in', 'coder.conv1');

/** `layers`: how many a block of the decoder has, its upsampler not counted; `residual` as in Wan 2.2. */
export function originalVaeName(name: string, about: { layers: number; residual: boolean }): string {
  const plain = name
    .replace(/^quant_conv/, 'conv1')
    .replace(/^post_quant_conv/, 'conv2')
    .replace('coder.norm_out', 'coder.head.0')
    .replace('coder.conv_out', 'coder.head.2')
    .replace('mid_block.attentions.0', 'middle.1');
  if (plain.includes('mid_block.resnets.')) {
    return layer(plain.replace(/mid_block\.resnets\.(\d)/, (_, i) => `middle.${2 * Number(i)}`));
  }
  const { layers, residual } = about;
  const sampler = (way: string) => (_: string, block: string) =>
    residual
      ? `${way}samples.${block}.${way}samples.${way === 'up' ? layers : layers - 1}.`
      : `${way}samples.${Number(block) * (layers + 1) + layers}.`;
  return layer(
    plain
      .replace(/up_blocks\.(\d+)\.upsamplers?(?:\.0)?\./, sampler('up'))
      .replace(/down_blocks\.(\d+)\.downsampler\./, sampler('down'))
      .replace(/up_blocks\.(\d+)\.resnets\.(\d+)\./, (_, block, i) =>
        residual ? `upsamples.${block}.upsamples.${i}.` : `upsamples.${Number(block) * (layers + 1) + Number(i)}.`,
      )
      .replace(/down_blocks\.(\d+)\.resnets\.(\d+)\./, 'downsamples.$1.downsamples.$2.')
      .replace(/down_blocks\.(\d+)\./, 'downsamples.$1.'),
  );
}

/** Tensors of a checkpoint under other names and in another type, with further ones and metadata, as one file. */
export async function resave(
  checkpoint: Checkpoint,
  file: string,
  about: {
    name?: (name: string) => string;
    storage?: Storage;
    prefix?: string;
    metadata?: Record<string, string>;
    more?: Record<string, TensorToWrite>;
  } = {},
): Promise<void> {
  const { name = (same: string) => same, storage, prefix = '', metadata, more = {} } = about;
  const tensors: Record<string, TensorToWrite> = {};
  for (const [key, tensor] of checkpoint.tensors) {
    Object.assign(tensors, await stored(prefix + name(key), tensor, storage));
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, encodeSafetensors({ ...tensors, ...more }, metadata));
}

async function stored(key: string, tensor: StoredTensor, storage?: Storage): Promise<Record<string, TensorToWrite>> {
  const { shape } = tensor;
  if (!storage) {
    const whole = await readFile(tensor.file);
    const bytes = new Uint8Array(whole.subarray(tensor.offset, tensor.offset + tensor.bytes));
    return { [key]: { shape, data: { dtype: tensor.dtype, bytes } } };
  }
  const data = await readTensor(tensor);
  if (storage === 'F32') return { [key]: { shape, data } };
  if (storage === 'BF16' || storage === 'F16') return { [key]: { shape, data: narrow(data, storage) } };
  if (!key.endsWith('.weight') || shape.length !== 2) return { [key]: { shape, data } };
  const scale = scaleOf(data);
  const small = fp8(data.map((x) => x / scale));
  if (storage === 'fp8-widened') return { [key]: { shape, data: small.widened.map((x) => x * scale) } };
  return {
    [key]: { shape, data: { dtype: 'F8_E4M3', bytes: small.bytes } },
    [`${key.slice(0, -'.weight'.length)}.scale_weight`]: { shape: [1], data: Float32Array.of(scale) },
  };
}

/** The largest number becomes the largest of fp8. */
export const scaleOf = (data: Float32Array): number =>
  Math.fround(data.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-9) / 448);

/** A component of a parity folder, as it lies there. */
export const componentOf = (folder: string, part: string): Promise<Checkpoint> => openCheckpoint(join(folder, part));
