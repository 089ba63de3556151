import { createHash } from 'node:crypto';
import { z } from 'zod';

const count = z.int().min(1);

/**
 * `vae/config.json` of a Wan model. Keys that published files leave out take the class defaults of diffusers'
 * AutoencoderKLWan, which are those of Wan 2.1.
 */
export const vaeConfig = z
  .object({
    _class_name: z.literal('AutoencoderKLWan'),
    base_dim: count.default(96),
    decoder_base_dim: count.nullish(),
    z_dim: count.default(16),
    dim_mult: z.array(count).min(2).default([1, 2, 4, 4]),
    num_res_blocks: count.default(2),
    attn_scales: z
      .array(z.number())
      .max(0, 'attention at other resolutions than the lowest is not supported')
      .default([]),
    temperal_downsample: z.array(z.boolean()).default([false, true, true]),
    is_residual: z.boolean().default(false),
    in_channels: count.default(3),
    out_channels: count.default(3),
    patch_size: count.nullish(),
    latents_mean: z
      .array(z.number())
      .default([
        -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922,
        -0.9497, 0.2503, -0.2921,
      ]),
    latents_std: z
      .array(z.number().positive())
      .default([
        2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253,
        2.8251, 1.916,
      ]),
  })
  .refine((config) => config.temperal_downsample.length === config.dim_mult.length - 1, {
    path: ['temperal_downsample'],
    message: 'must have one entry less than dim_mult',
  })
  .refine(({ latents_mean, latents_std, z_dim }) => latents_mean.length === z_dim && latents_std.length === z_dim, {
    path: ['latents_mean'],
    message: 'latents_mean and latents_std must have z_dim numbers each',
  })
  .refine((config) => [config.in_channels, config.out_channels].every((n) => n === 3 * patchOf(config) ** 2), {
    path: ['patch_size'],
    message: 'in_channels and out_channels must be 3 times the square of patch_size',
  });
export type VaeConfig = z.output<typeof vaeConfig>;

/** Tells apart VAEs of the same geometry: latents with other statistics mean different pictures. */
export const statisticsOf = ({ latents_mean, latents_std }: Pick<VaeConfig, 'latents_mean' | 'latents_std'>): string =>
  createHash('sha256')
    .update(JSON.stringify([latents_mean, latents_std]))
    .digest('hex')
    .slice(0, 6);

/** Side of the pixel squares that are folded into channels before the first layer: 1 for Wan 2.1, 2 for Wan 2.2. */
export const patchOf = (config: { patch_size?: number | null }): number => config.patch_size ?? 1;

/** How many frames after the first make one latent frame. */
export const timeFactor = (config: VaeConfig): number => 2 ** config.temperal_downsample.filter(Boolean).length;

/** How many pixels of a side make one latent pixel. */
export const spaceFactor = (config: VaeConfig): number => patchOf(config) * 2 ** (config.dim_mult.length - 1);
