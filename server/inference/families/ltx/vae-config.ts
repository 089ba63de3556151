import { z } from 'zod';

const count = z.int().min(1);
const layers = z.array(z.int().min(0)).min(2);
const switches = z.array(z.boolean()).min(1);

/**
 * `vae/config.json` of an LTX-Video model. Keys that published files leave out take the class defaults of diffusers'
 * AutoencoderKLLTXVideo, which are those of 0.9.0.
 */
export const vaeConfig = z
  .object({
    _class_name: z.literal('AutoencoderKLLTXVideo'),
    in_channels: z.literal(3).default(3),
    out_channels: z.literal(3).default(3),
    latent_channels: count.default(128),
    block_out_channels: z.array(count).min(2).default([128, 256, 512, 512]),
    down_block_types: z
      .array(z.enum(['LTXVideoDownBlock3D', 'LTXVideo095DownBlock3D']))
      .default(new Array(4).fill('LTXVideoDownBlock3D')),
    decoder_block_out_channels: z.array(count).min(1).default([128, 256, 512, 512]),
    layers_per_block: layers.default([4, 3, 3, 3, 4]),
    decoder_layers_per_block: layers.default([4, 3, 3, 3, 4]),
    spatio_temporal_scaling: switches.default([true, true, true, false]),
    decoder_spatio_temporal_scaling: switches.default([true, true, true, false]),
    decoder_inject_noise: switches.default(new Array(5).fill(false)),
    downsample_type: z
      .array(z.enum(['conv', 'spatial', 'temporal', 'spatiotemporal']))
      .default(new Array(4).fill('conv')),
    upsample_residual: switches.default(new Array(4).fill(false)),
    upsample_factor: z.array(count).default(new Array(4).fill(1)),
    timestep_conditioning: z.boolean().default(false),
    patch_size: count.default(4),
    patch_size_t: z.literal(1).default(1),
    resnet_norm_eps: z.number().positive().default(1e-6),
    scaling_factor: z.number().positive().default(1),
    encoder_causal: z.boolean().default(true),
    decoder_causal: z.boolean().default(false),
    spatial_compression_ratio: count.nullish(),
    temporal_compression_ratio: count.nullish(),
  })
  .refine((config) => config.decoder_layers_per_block.length === config.decoder_block_out_channels.length + 1, {
    path: ['decoder_layers_per_block'],
    message: 'must have one entry more than decoder_block_out_channels',
  })
  .refine((config) => config.layers_per_block.length === downBlocks(config) + 1, {
    path: ['layers_per_block'],
    message: 'must have one entry for every block on the way down and one for the middle',
  })
  .refine((config) => spaceFactor(config) === config.patch_size * 2 ** ups(config), {
    path: ['spatial_compression_ratio'],
    message: 'must be what the decoder enlarges pictures by',
  })
  .refine((config) => timeFactor(config) === 2 ** ups(config), {
    path: ['temporal_compression_ratio'],
    message: 'must be what the decoder lengthens clips by',
  })
  .refine((config) => !config.timestep_conditioning || keepsWidths(config), {
    path: ['upsample_factor'],
    message: 'with timestep_conditioning each block must narrow by just its factor',
  });
export type VaeConfig = z.output<typeof vaeConfig>;

const ups = (config: { decoder_spatio_temporal_scaling: boolean[] }): number =>
  config.decoder_spatio_temporal_scaling.filter(Boolean).length;

/** Whether no block on the way up changes its width beyond its factor: layers that would do that are not told the time. */
function keepsWidths(config: { decoder_block_out_channels: number[]; upsample_factor: number[] }): boolean {
  const widths = [...config.decoder_block_out_channels].reverse();
  const factors = [...config.upsample_factor].reverse();
  let given = widths[0]!;
  return widths.every((width, i) => {
    const [from, out] = [Math.floor(given / (factors[i] ?? 1)), Math.floor(width / (factors[i] ?? 1))];
    given = out;
    return from === out;
  });
}

/** Encoders of 0.9.5 and later change their width on the way down, not behind it: one block less than widths. */
export const isWidening = (config: { down_block_types: string[] }): boolean =>
  config.down_block_types.at(-1) === 'LTXVideo095DownBlock3D';

export const downBlocks = (config: { down_block_types: string[]; block_out_channels: number[] }): number =>
  config.block_out_channels.length - (isWidening(config) ? 1 : 0);

interface Ratios {
  spatio_temporal_scaling: boolean[];
  patch_size: number;
  patch_size_t: number;
  spatial_compression_ratio?: number | null | undefined;
  temporal_compression_ratio?: number | null | undefined;
}
const halvings = (config: Ratios): number => 2 ** config.spatio_temporal_scaling.filter(Boolean).length;

/** How many pixels of a side make one latent pixel. */
export const spaceFactor = (config: Ratios): number =>
  config.spatial_compression_ratio ?? config.patch_size * halvings(config);

/** How many frames after the first make one latent frame. */
export const timeFactor = (config: Ratios): number =>
  config.temporal_compression_ratio ?? config.patch_size_t * halvings(config);
