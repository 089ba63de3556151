import type { ModelCard } from '../../nodes/values';
import { Checkpoint } from '../../server/inference/checkpoint';
import type { LtxVaeFiles } from '../../server/inference/families/ltx/pipeline';
import { LtxVae } from '../../server/inference/families/ltx/vae';
import { spaceFactor, timeFactor, type VaeConfig, vaeConfig } from '../../server/inference/families/ltx/vae-config';
import { StageBuilder } from '../../server/inference/families/ltx/vae-stage';
import { decoderStages, encoderStages } from '../../server/inference/families/ltx/vae-stages';
import type { StoredTensor } from '../../server/inference/safetensors';
import type { FloatTensor } from '../../server/inference/session';
import { formulaCheckpoint } from './formula-weights';
import { card } from './vae-fixtures';

/** A checkpoint that has whatever is asked of it, and remembers what that was. */
class AskedFor extends Checkpoint {
  readonly shapes = new Map<string, readonly number[]>();

  constructor() {
    super('/nowhere', new Map(), []);
  }

  override get(name: string, shape: readonly number[] = []): StoredTensor {
    this.shapes.set(name, shape);
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    return { file: '/nowhere/model.safetensors', name, dtype: 'F32', shape, offset: 0, bytes };
  }
}

/** Every tensor of a VAE and its shape. */
export function vaeShapes(config: VaeConfig): Map<string, readonly number[]> {
  const checkpoint = new AskedFor();
  for (const stage of [...decoderStages(config), ...encoderStages(config)]) {
    const b = new StageBuilder(stage.name, { checkpoint, kept: null, ends: Infinity, causal: stage.causal });
    stage.build(b, b.input([1, stage.channels, 9, 32, 32]));
  }
  const one = [config.latent_channels];
  if (config.timestep_conditioning) checkpoint.shapes.set('decoder.timestep_scale_multiplier', []);
  return checkpoint.shapes.set('latents_mean', one).set('latents_std', one);
}

export const cardOf = (config: VaeConfig): ModelCard => {
  const plain = card({ channels: config.latent_channels, scale: spaceFactor(config) });
  return { ...plain, family: 'ltx', latent: { ...plain.latent, time: timeFactor(config) } };
};

/** A VAE with weights by formula, mean 0 and deviation 1. */
export async function openFormula(config: VaeConfig, how?: ConstructorParameters<typeof LtxVae>[3]): Promise<LtxVae> {
  const channels = config.latent_channels;
  const files: LtxVaeFiles = {
    config,
    checkpoint: await formulaCheckpoint(vaeShapes(config)),
    mean: new Float32Array(channels),
    std: new Float32Array(channels).fill(1),
    timeScale: 1000,
  };
  return new LtxVae(files, cardOf(config), undefined, how);
}

const four = <T>(value: T): T[] => new Array<T>(4).fill(value);

/** The config of the golden numbers. */
export const golden = vaeConfig.parse({
  _class_name: 'AutoencoderKLLTXVideo',
  latent_channels: 8,
  block_out_channels: four(8),
  decoder_block_out_channels: four(8),
  layers_per_block: [1, 1, 1, 1, 1],
  decoder_layers_per_block: [1, 1, 1, 1, 1],
  spatio_temporal_scaling: [true, true, false, false],
  decoder_spatio_temporal_scaling: [true, true, false, false],
  patch_size: 1,
});

/** The layout of 0.9.5 and later, small. */
export const later = vaeConfig.parse({
  _class_name: 'AutoencoderKLLTXVideo',
  latent_channels: 8,
  block_out_channels: [4, 8, 8, 16, 16],
  down_block_types: four('LTXVideo095DownBlock3D'),
  decoder_block_out_channels: [8, 16, 32],
  layers_per_block: [1, 1, 1, 1, 1],
  decoder_layers_per_block: [1, 2, 1, 1],
  spatio_temporal_scaling: four(true),
  decoder_spatio_temporal_scaling: [true, true, true],
  decoder_inject_noise: four(false),
  downsample_type: ['spatial', 'temporal', 'spatiotemporal', 'spatiotemporal'],
  upsample_residual: [true, true, true],
  upsample_factor: [2, 2, 2],
  timestep_conditioning: true,
  spatial_compression_ratio: 32,
  temporal_compression_ratio: 8,
});

/** The layout of 0.9.1, small: told the time, with noise after convolutions. */
export const between = vaeConfig.parse({
  _class_name: 'AutoencoderKLLTXVideo',
  latent_channels: 8,
  block_out_channels: [4, 8, 16, 16],
  decoder_block_out_channels: [8, 16, 32],
  layers_per_block: [1, 1, 1, 1, 1],
  decoder_layers_per_block: [1, 2, 1, 1],
  decoder_spatio_temporal_scaling: [true, true, true],
  decoder_inject_noise: [true, true, true, false],
  upsample_residual: [true, true, true],
  upsample_factor: [2, 2, 2],
  timestep_conditioning: true,
});

/** A clip as one piece. */
export async function* whole(data: Float32Array, shape: readonly number[]): AsyncGenerator<FloatTensor> {
  yield { data, shape: [1, ...shape] };
}
