import { z } from 'zod';

/**
 * `transformer/config.json` of a Wan model. Keys that published files leave out take the class defaults of diffusers'
 * WanTransformer3DModel.
 */
export const transformerConfig = z
  .object({
    _class_name: z.literal('WanTransformer3DModel'),
    patch_size: z.tuple([z.literal(1), z.int().min(1), z.int().min(1)]).default([1, 2, 2]),
    num_attention_heads: z.int().min(1).default(40),
    // Rotated in pairs.
    attention_head_dim: z.int().min(6).multipleOf(2).default(128),
    in_channels: z.int().min(1).default(16),
    out_channels: z.int().min(1).default(16),
    text_dim: z.int().min(1).default(4096),
    freq_dim: z.int().min(2).default(256),
    ffn_dim: z.int().min(1).default(13824),
    num_layers: z.int().min(1).max(500).default(40),
    cross_attn_norm: z.boolean().default(true),
    qk_norm: z.literal('rms_norm_across_heads').nullable().default('rms_norm_across_heads'),
    eps: z.number().positive().default(1e-6),
    /** Width of the image encoder's states, which a second cross-attention reads; null for models without one. */
    image_dim: z.int().min(1).nullish(),
    added_kv_proj_dim: z.int().min(1).nullish(),
    /** Rows of a learned position table over the states of two pictures: models of a first and a last frame. */
    pos_embed_seq_len: z.int().min(1).nullish(),
    rope_max_seq_len: z.int().min(1).default(1024),
  })
  .refine((config) => !config.image_dim === !config.added_kv_proj_dim, {
    path: ['added_kv_proj_dim'],
    message: 'image_dim and added_kv_proj_dim must both be given, or neither',
  })
  .refine((config) => !config.added_kv_proj_dim || config.added_kv_proj_dim === widthOf(config), {
    path: ['added_kv_proj_dim'],
    message: 'must be the width of the network',
  });
export type TransformerConfig = z.output<typeof transformerConfig>;

/** Width of the residual stream. */
export const widthOf = (config: { num_attention_heads: number; attention_head_dim: number }): number =>
  config.num_attention_heads * config.attention_head_dim;

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
  const [pt, ph, pw] = config.patch_size;
  const shapes = new Map<string, readonly number[]>([
    ['patch_embedding.weight', [d, config.in_channels, pt, ph, pw]],
    ['patch_embedding.bias', [d]],
    ['scale_shift_table', [1, 2, d]],
  ]);
  const linear = (name: string, out: number, from: number) => {
    shapes.set(`${name}.weight`, [out, from]);
    shapes.set(`${name}.bias`, [out]);
  };
  linear('condition_embedder.time_embedder.linear_1', d, config.freq_dim);
  linear('condition_embedder.time_embedder.linear_2', d, d);
  linear('condition_embedder.time_proj', 6 * d, d);
  linear('condition_embedder.text_embedder.linear_1', d, config.text_dim);
  linear('condition_embedder.text_embedder.linear_2', d, d);
  if (config.image_dim) {
    const at = 'condition_embedder.image_embedder';
    const width = config.image_dim;
    for (const [norm, size] of [
      ['norm1', width],
      ['norm2', d],
    ] as const) {
      shapes.set(`${at}.${norm}.weight`, [size]);
      shapes.set(`${at}.${norm}.bias`, [size]);
    }
    linear(`${at}.ff.net.0.proj`, width, width);
    linear(`${at}.ff.net.2`, d, width);
    if (config.pos_embed_seq_len) shapes.set(`${at}.pos_embed`, [1, config.pos_embed_seq_len, width]);
  }
  linear('proj_out', ph * pw * config.out_channels, d);
  for (let block = 0; block < config.num_layers; block++) {
    const at = `blocks.${block}`;
    shapes.set(`${at}.scale_shift_table`, [1, 6, d]);
    for (const attention of ['attn1', 'attn2']) {
      for (const part of ['to_q', 'to_k', 'to_v', 'to_out.0']) linear(`${at}.${attention}.${part}`, d, d);
      if (config.qk_norm) {
        shapes.set(`${at}.${attention}.norm_q.weight`, [d]);
        shapes.set(`${at}.${attention}.norm_k.weight`, [d]);
      }
    }
    if (config.image_dim) {
      for (const part of ['add_k_proj', 'add_v_proj']) linear(`${at}.attn2.${part}`, d, d);
      if (config.qk_norm) shapes.set(`${at}.attn2.norm_added_k.weight`, [d]);
    }
    if (config.cross_attn_norm) {
      shapes.set(`${at}.norm2.weight`, [d]);
      shapes.set(`${at}.norm2.bias`, [d]);
    }
    linear(`${at}.ffn.net.0.proj`, config.ffn_dim, d);
    linear(`${at}.ffn.net.2`, d, config.ffn_dim);
  }
  return shapes;
}
