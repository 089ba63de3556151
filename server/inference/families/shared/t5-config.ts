import { z } from 'zod';
import type { Checkpoint } from '../../checkpoint';
import type { StoredTensor } from '../../safetensors';

/** `text_encoder/config.json` of a T5-type encoder; absent keys take the class defaults of transformers' UMT5Config. */
export const textEncoderConfig = z.object({
  model_type: z.enum(['umt5', 't5']),
  vocab_size: z.int().min(1).default(250112),
  d_model: z.int().min(1).default(512),
  d_kv: z.int().min(1).default(64),
  d_ff: z.int().min(1).default(1024),
  num_layers: z.int().min(1).max(200).default(8),
  num_heads: z.int().min(1).default(6),
  relative_attention_num_buckets: z.int().min(4).default(32),
  relative_attention_max_distance: z.int().min(2).default(128),
  layer_norm_epsilon: z.number().positive().default(1e-6),
  feed_forward_proj: z.literal('gated-gelu'),
});
export type TextEncoderConfig = z.output<typeof textEncoderConfig>;

/** The table's two names: files keep either or both, tied. */
export const embeddingNames = ['shared.weight', 'encoder.embed_tokens.weight'] as const;

export const layerName = (layer: number): string => `encoder.block.${layer}.layer`;

/** All matrices of the layers: what is multiplied by for every token. */
const matrices = /^encoder\.block\.\d+\.layer\.(0\.SelfAttention\.[qkvo]|1\.DenseReluDense\.(wi_0|wi_1|wo))\.weight$/;
export const isLayerMatrix = (tensor: string): boolean => matrices.test(tensor);

/** Which layer's relative bias a layer uses: its own in UMT5, the first one's in T5. */
export const biasName = (config: TextEncoderConfig, layer: number): string =>
  `${layerName(config.model_type === 'umt5' ? layer : 0)}.0.SelfAttention.relative_attention_bias.weight`;

/** Every tensor of the encoder and its shape, but for the embedding table. */
export function textEncoderShapes(config: TextEncoderConfig): Map<string, readonly number[]> {
  const { d_model: d, d_ff: ff, num_heads: heads } = config;
  const inner = heads * config.d_kv;
  const shapes = new Map<string, readonly number[]>([['encoder.final_layer_norm.weight', [d]]]);
  for (let layer = 0; layer < config.num_layers; layer++) {
    const at = layerName(layer);
    shapes.set(biasName(config, layer), [config.relative_attention_num_buckets, heads]);
    for (const part of ['q', 'k', 'v']) shapes.set(`${at}.0.SelfAttention.${part}.weight`, [inner, d]);
    shapes.set(`${at}.0.SelfAttention.o.weight`, [d, inner]);
    shapes.set(`${at}.0.layer_norm.weight`, [d]);
    shapes.set(`${at}.1.DenseReluDense.wi_0.weight`, [ff, d]);
    shapes.set(`${at}.1.DenseReluDense.wi_1.weight`, [ff, d]);
    shapes.set(`${at}.1.DenseReluDense.wo.weight`, [d, ff]);
    shapes.set(`${at}.1.layer_norm.weight`, [d]);
  }
  return shapes;
}

/** Bytes of the layers' weights on a graphics card, in fp32 or their matrices in fp16; the table stays in its file. */
export function bytesOnCard(config: TextEncoderConfig): { exact: number; half: number } {
  let [all, large] = [0, 0];
  for (const [name, shape] of textEncoderShapes(config)) {
    const numbers = shape.reduce((a, b) => a * b, 1);
    all += numbers;
    if (isLayerMatrix(name)) large += numbers;
  }
  return { exact: 4 * all, half: 4 * all - 2 * large };
}

/** The embedding table of a checkpoint. Throws when it is missing or has another shape. */
export function embeddingOf(config: TextEncoderConfig, checkpoint: Checkpoint): StoredTensor {
  const table = embeddingNames.find((name) => checkpoint.has(name)) ?? embeddingNames[0];
  return checkpoint.get(table, [config.vocab_size, config.d_model]);
}

/**
 * Throws when model_index.json names another kind of encoder than lies in the folder. T5 and UMT5 of one size have the same
 * widths; their words and tables differ.
 */
export function mustBeKind(folder: string, named: string, { model_type: kind }: TextEncoderConfig): void {
  const wanted = (['umt5', 't5'] as const).find((one) => named.toLowerCase().startsWith(one));
  if (!wanted || wanted === kind) return;
  const [here, there] = [kind, wanted].map((one) => one.toUpperCase());
  throw new Error(
    `${folder}: this is a ${here} text encoder, and the model reads ${there} (model_index.json names ${named}). Put the ${there} encoder of the same model here.`,
  );
}

/** Throws when the checkpoint lacks a tensor that the config asks for or has it in another shape. */
export function mustBeWhole(config: TextEncoderConfig, checkpoint: Checkpoint): void {
  for (const [name, shape] of textEncoderShapes(config)) checkpoint.get(name, shape);
  embeddingOf(config, checkpoint);
}
