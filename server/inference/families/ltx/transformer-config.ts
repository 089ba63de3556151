import { z } from 'zod';

const count = z.int().min(1);

/**
 * `transformer/config.json` of an LTX-Video model. Keys that published files leave out take the class defaults of
 * diffusers' LTXVideoTransformer3DModel, which are those of the 2B model.
 */
export const transformerConfig = z
  .object({
    _class_name: z.literal('LTXVideoTransformer3DModel'),
    in_channels: count.default(128),
    // Null is as many as go in.
    out_channels: count.nullish().default(128),
    patch_size: z.literal(1).default(1),
    patch_size_t: z.literal(1).default(1),
    num_attention_heads: count.default(32),
    attention_head_dim: z.int().min(2).default(64),
    cross_attention_dim: count.default(2048),
    num_layers: count.max(500).default(28),
    activation_fn: z.literal('gelu-approximate').default('gelu-approximate'),
    qk_norm: z.literal('rms_norm_across_heads').default('rms_norm_across_heads'),
    norm_elementwise_affine: z.literal(false).default(false),
    norm_eps: z.number().positive().default(1e-6),
    caption_channels: count.default(4096),
    attention_bias: z.boolean().default(true),
    attention_out_bias: z.boolean().default(true),
  })
  .refine((config) => config.cross_attention_dim === widthOf(config), {
    path: ['cross_attention_dim'],
    message: 'must be num_attention_heads times attention_head_dim, which is what the captions are projected to',
  })
  .refine((config) => config.attention_head_dim % 2 === 0 && widthOf(config) >= 12, {
    path: ['attention_head_dim'],
    message: 'must be even, and the width 12 or more, for the rotary embedding',
  });
export type TransformerConfig = z.output<typeof transformerConfig>;

/** Width of the residual stream. */
export const widthOf = (config: { num_attention_heads: number; attention_head_dim: number }): number =>
  config.num_attention_heads * config.attention_head_dim;

export const outChannels = (config: TransformerConfig): number => config.out_channels ?? config.in_channels;

/** Features of a timestep, before they are embedded. */
export const timeWidth = 256;

/** Models below this many fp32 bytes are widened and packed once; larger ones stay mapped into their file. */
const residentBytes = 512e6;

export function isSmall(config: TransformerConfig): boolean {
  let numbers = 0;
  for (const shape of transformerShapes(config).values()) numbers += shape.reduce((total, size) => total * size, 1);
  return numbers * 4 <= residentBytes;
}

/** Every tensor the config asks for and its shape: what a checkpoint is checked against before anything is built. */
export function transformerShapes(config: TransformerConfig): Map<string, readonly number[]> {
  const d = widthOf(config);
  const shapes = new Map<string, readonly number[]>([['scale_shift_table', [2, d]]]);
  const linear = (name: string, sizes: readonly [out: number, from: number], bias = true) => {
    shapes.set(`${name}.weight`, sizes);
    if (bias) shapes.set(`${name}.bias`, sizes.slice(0, 1));
  };
  linear('proj_in', [d, config.in_channels]);
  linear('time_embed.emb.timestep_embedder.linear_1', [d, timeWidth]);
  linear('time_embed.emb.timestep_embedder.linear_2', [d, d]);
  linear('time_embed.linear', [6 * d, d]);
  linear('caption_projection.linear_1', [d, config.caption_channels]);
  linear('caption_projection.linear_2', [d, d]);
  linear('proj_out', [outChannels(config), d]);
  for (let block = 0; block < config.num_layers; block++) {
    const at = `transformer_blocks.${block}`;
    shapes.set(`${at}.scale_shift_table`, [6, d]);
    for (const attention of ['attn1', 'attn2']) {
      for (const part of ['to_q', 'to_k', 'to_v']) linear(`${at}.${attention}.${part}`, [d, d], config.attention_bias);
      linear(`${at}.${attention}.to_out.0`, [d, d], config.attention_out_bias);
      shapes.set(`${at}.${attention}.norm_q.weight`, [d]);
      shapes.set(`${at}.${attention}.norm_k.weight`, [d]);
    }
    linear(`${at}.ff.net.0.proj`, [4 * d, d]);
    linear(`${at}.ff.net.2`, [d, 4 * d]);
  }
  return shapes;
}
