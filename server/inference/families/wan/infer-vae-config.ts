import type { Config, Tensors } from '../shared/infer-config';

/** Statistics of Wan 2.2's latents: no tensor tells them. Those of Wan 2.1 are the config's defaults. */
export const wan22Statistics = {
  latents_mean: [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.157,
    -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322,
    0.1109, 0.1567, -0.0729, 0.0899, -0.2799, -0.123, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.052,
    0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
  ],
  latents_std: [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.499, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165,
    0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917,
    0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.06,
    0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
  ],
};

/** What the config.json of a VAE would say, read off its shapes under diffusers' names; see `infer-config.ts`. */
export function inferVae(tensors: Tensors): Config {
  const shape = (name: string): readonly number[] => tensors.get(name)?.shape ?? [];
  const [base = 0, channels = 0] = shape('encoder.conv_in.weight');
  const isResidual =
    tensors.has('decoder.up_blocks.0.resnets.0.conv1.weight') &&
    tensors.has('encoder.down_blocks.0.resnets.0.conv1.weight');
  const levels = isResidual ? levelsInBlocks(tensors) : levelsInList(tensors);
  const latents = shape('post_quant_conv.weight')[0] ?? 0;
  const isWan22 = latents === wan22Statistics.latents_mean.length;
  return {
    _class_name: 'AutoencoderKLWan',
    base_dim: base,
    decoder_base_dim: shape('decoder.norm_out.gamma')[0] ?? base,
    z_dim: latents,
    dim_mult: levels.map(({ width }) => width / Math.max(1, base)),
    num_res_blocks: levels[0]?.layers ?? 0,
    temperal_downsample: levels.slice(0, -1).map(({ time }) => time),
    is_residual: isResidual,
    in_channels: channels,
    out_channels: shape('decoder.conv_out.weight')[0] ?? 0,
    patch_size: channels === 3 ? null : Math.round(Math.sqrt(channels / 3)),
    ...(isWan22 ? wan22Statistics : {}),
  };
}

interface Level {
  width: number;
  layers: number;
  /** Whether frames are halved at its end. */
  time: boolean;
}

/** Wan 2.1: one list of layers, in which halving the picture ends a level. */
function levelsInList(tensors: Tensors): Level[] {
  const levels: Level[] = [];
  let level: Level = { width: 0, layers: 0, time: false };
  for (let i = 0; ; i++) {
    const at = `encoder.down_blocks.${i}`;
    const conv = tensors.get(`${at}.conv1.weight`);
    if (conv) level = { ...level, width: conv.shape[0] ?? 0, layers: level.layers + 1 };
    else if (tensors.has(`${at}.resample.1.weight`)) {
      levels.push({ ...level, time: tensors.has(`${at}.time_conv.weight`) });
      level = { width: 0, layers: 0, time: false };
    } else return [...levels, level];
  }
}

/** Wan 2.2: a block for each level. */
function levelsInBlocks(tensors: Tensors): Level[] {
  const levels: Level[] = [];
  for (let i = 0; ; i++) {
    const at = `encoder.down_blocks.${i}`;
    const width = tensors.get(`${at}.resnets.0.conv1.weight`)?.shape[0];
    if (width === undefined) return levels;
    let layers = 1;
    while (tensors.has(`${at}.resnets.${layers}.conv1.weight`)) layers += 1;
    levels.push({ width, layers, time: tensors.has(`${at}.downsampler.time_conv.weight`) });
  }
}
