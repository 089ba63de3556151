import { z } from 'zod';
import type { Checkpoint } from '../../checkpoint';

const count = z.int().min(1);

/** `image_encoder/config.json`: a CLIP vision tower. Missing keys take the class defaults of transformers' CLIPVisionConfig. */
export const imageEncoderConfig = z.object({
  model_type: z.literal('clip_vision_model'),
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_hidden_layers: z.int().min(2).default(12),
  num_attention_heads: count.default(12),
  num_channels: z.literal(3).default(3),
  image_size: count.default(224),
  patch_size: count.default(32),
  hidden_act: z.enum(['gelu', 'quick_gelu']).default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
});
export type ImageEncoderConfig = z.output<typeof imageEncoderConfig>;

const sides = z.object({ height: count, width: count });

/** `image_processor/preprocessor_config.json`: how a picture is brought to the tower's size and range. */
export const imageProcessorConfig = z.object({
  size: z.union([z.object({ shortest_edge: count }), sides, count.transform((n) => ({ shortest_edge: n }))]).default({
    shortest_edge: 224,
  }),
  crop_size: z.union([sides, count.transform((n) => ({ height: n, width: n }))]).default({ height: 224, width: 224 }),
  // PIL's number for bicubic.
  resample: z.literal(3).default(3),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  image_mean: z.array(z.number()).length(3).default([0.48145466, 0.4578275, 0.40821073]),
  image_std: z.array(z.number().positive()).length(3).default([0.26862954, 0.26130258, 0.27577711]),
});
export type ImageProcessorConfig = z.output<typeof imageProcessorConfig>;

/** Rows the tower makes of one picture: its patches, and one for the whole. */
export const rowsOf = (config: ImageEncoderConfig): number =>
  Math.floor(config.image_size / config.patch_size) ** 2 + 1;

/** Every tensor that is read, without the prefix `vision_model.` that older files have: all but what follows the last layer used. */
export function imageEncoderShapes(config: ImageEncoderConfig): Map<string, readonly number[]> {
  const { hidden_size: d, patch_size: side, intermediate_size: inner } = config;
  const shapes = new Map<string, readonly number[]>([
    ['embeddings.class_embedding', [d]],
    ['embeddings.patch_embedding.weight', [d, 3, side, side]],
    ['embeddings.position_embedding.weight', [rowsOf(config), d]],
    // So spelled.
    ['pre_layrnorm.weight', [d]],
    ['pre_layrnorm.bias', [d]],
  ]);
  const linear = (name: string, out: number, from: number) => {
    shapes.set(`${name}.weight`, [out, from]);
    shapes.set(`${name}.bias`, [out]);
  };
  for (let layer = 0; layer < config.num_hidden_layers - 1; layer++) {
    const at = `encoder.layers.${layer}`;
    for (const norm of ['layer_norm1', 'layer_norm2']) {
      shapes.set(`${at}.${norm}.weight`, [d]);
      shapes.set(`${at}.${norm}.bias`, [d]);
    }
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) linear(`${at}.self_attn.${part}`, d, d);
    linear(`${at}.mlp.fc1`, inner, d);
    linear(`${at}.mlp.fc2`, d, inner);
  }
  return shapes;
}

/** Files saved by older libraries have all names under this. */
export const prefixOf = (checkpoint: Checkpoint): string =>
  checkpoint.has('vision_model.embeddings.class_embedding') ? 'vision_model.' : '';
