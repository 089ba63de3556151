import type { VaeConfig } from './vae-config';
import { downBlocks, isWidening } from './vae-config';
import {
  type Blocks,
  embedTime,
  foldPatches,
  head,
  residual,
  shrink,
  timeWidth,
  unfoldPatches,
  upsample,
} from './vae-layers';
import type { StageBuilder, Volume } from './vae-stage';

/** A part of one half of the VAE that runs in a session of its own, one after the other. */
export interface Stage {
  name: string;
  causal: boolean;
  /** Channels and size of what goes in, and how many frames come out of n: 2n - 1 (2), n (1) or (n + 1) / 2 (0.5). */
  channels: number;
  rate: 0.5 | 1 | 2;
  /** Of the largest numbers inside, how many there are for each number that goes in: for judging memory. */
  growth: number;
  build(b: StageBuilder, x: Volume): Volume;
}

/** Input of decoders that are told the time: features of it, [1, 256]. */
export const timeInput = 'time';

/** The decoder, from latent pixels, not normalised, to pictures in about -1..1. */
export function decoderStages(config: VaeConfig): Stage[] {
  const widths = [...config.decoder_block_out_channels].reverse();
  const layers = [...config.decoder_layers_per_block].reverse();
  const noisy = [...config.decoder_inject_noise].reverse();
  const scaling = [...config.decoder_spatio_temporal_scaling].reverse();
  const shortcuts = [...config.upsample_residual].reverse();
  const factors = [...config.upsample_factor].reverse();
  const causal = config.decoder_causal;
  const eps = config.resnet_norm_eps;
  const timeOf = (b: StageBuilder): { features?: ReturnType<StageBuilder['g']['input']> } =>
    config.timestep_conditioning ? { features: b.g.input(timeInput, 'f32', [1, timeWidth]) } : {};
  const blocks = (b: StageBuilder, x: Volume, about: { key: string; count: number; noisy: boolean; time: Blocks }) => {
    let y = x;
    for (let i = 0; i < about.count; i++) {
      y = residual(b, y, `${about.key}.resnets.${i}`, { ...about.time, noisy: about.noisy, out: y.channels });
    }
    return y;
  };
  const embedded = (b: StageBuilder, features: ReturnType<typeof timeOf>['features'], key: string, channels: number) =>
    features ? { eps, time: embedTime(b, features, `${key}.time_embedder`, 4 * channels) } : { eps };

  const first = widths[0]!;
  const stages: Stage[] = [
    {
      name: 'VAE decoder, middle',
      causal,
      channels: config.latent_channels,
      rate: 1,
      growth: Math.ceil(first / config.latent_channels),
      build(b, x) {
        const { features } = timeOf(b);
        const y = b.conv(x, 'decoder.conv_in.conv', { out: first, kernel: 3 });
        const key = 'decoder.mid_block';
        const time = embedded(b, features, key, first);
        return blocks(b, y, { key, count: layers[0]!, noisy: noisy[0] ?? false, time });
      },
    },
  ];
  let channels = first;
  for (const [i, width] of widths.entries()) {
    const factor = factors[i] ?? 1;
    const key = `decoder.up_blocks.${i}`;
    const scales = scaling[i] ?? false;
    const given = channels;
    // What the block calls its input is narrower by the factor; only the upsampler undoes that.
    const [from, out] = [Math.floor(given / factor), Math.floor(width / factor)];
    const isLast = i === widths.length - 1;
    stages.push({
      name: `VAE decoder, block ${i}`,
      causal,
      channels: given,
      rate: scales ? 2 : 1,
      growth: scales ? Math.ceil((8 * out) / given) : Math.ceil(out / given),
      build(b, x) {
        const { features } = timeOf(b);
        const time = embedded(b, features, key, from);
        let y = x;
        if (from !== out) y = residual(b, y, `${key}.conv_in`, { eps, noisy: noisy[i + 1] ?? false, out });
        if (scales) y = upsample(b, y, `${key}.upsamplers.0`, { factor, hasShortcut: shortcuts[i] ?? false });
        y = blocks(b, y, { key, count: layers[i + 1]!, noisy: noisy[i + 1] ?? false, time });
        if (!isLast) return y;
        const last = features && embedTime(b, features, 'decoder.time_embedder', 2 * out);
        const patches = head(b, y, 'decoder', {
          out: config.out_channels * config.patch_size ** 2,
          ...(last ? { time: last } : {}),
        });
        return unfoldPatches(b, patches, config.patch_size);
      },
    });
    channels = out;
  }
  return stages;
}

const shrinking = { spatial: [1, 2, 2], temporal: [2, 1, 1], spatiotemporal: [2, 2, 2] } as const;

/** The encoder, from pictures in -1..1 to the mean of latent pixels, not normalised. */
export function encoderStages(config: VaeConfig): Stage[] {
  const causal = config.encoder_causal;
  const eps = config.resnet_norm_eps;
  const widths = config.block_out_channels;
  const count = downBlocks(config);
  const blocks = (b: StageBuilder, x: Volume, key: string, layers: number) => {
    let y = x;
    for (let i = 0; i < layers; i++) y = residual(b, y, `${key}.resnets.${i}`, { eps, out: y.channels });
    return y;
  };
  return Array.from({ length: count }, (_, i) => {
    const isFirst = i === 0;
    const isLast = i === count - 1;
    const from = widths[i]!;
    const out = isWidening(config) || !isLast ? widths[i + 1]! : from;
    const key = `encoder.down_blocks.${i}`;
    const scales = config.spatio_temporal_scaling[i] ?? false;
    const type = config.downsample_type[i] ?? 'conv';
    const isStrided = config.down_block_types[i] === 'LTXVideoDownBlock3D' || type === 'conv';
    const steps = isStrided ? ([2, 2, 2] as const) : shrinking[type as keyof typeof shrinking];
    return {
      name: `VAE encoder, block ${i}`,
      causal,
      channels: isFirst ? config.in_channels : from,
      rate: scales && steps[0] === 2 ? 0.5 : 1,
      growth: isFirst ? Math.ceil(from / config.in_channels / config.patch_size ** 2) : 1,
      build(b: StageBuilder, x: Volume) {
        let y = x;
        if (isFirst) y = b.conv(foldPatches(b, x, config.patch_size), 'encoder.conv_in.conv', { out: from, kernel: 3 });
        y = blocks(b, y, key, config.layers_per_block[i]!);
        if (scales && isStrided) y = b.conv(y, `${key}.downsamplers.0.conv`, { out: from, kernel: 3, stride: 2 });
        else if (scales) y = shrink(b, y, `${key}.downsamplers.0`, { out, steps });
        if (!isWidening(config) && from !== out) y = residual(b, y, `${key}.conv_out`, { eps, out });
        if (!isLast) return y;
        y = blocks(b, y, 'encoder.mid_block', config.layers_per_block.at(-1)!);
        // The last channel is the logarithm of the variance, shared by all: the mean is what is taken.
        const both = head(b, y, 'encoder', { out: config.latent_channels + 1 });
        return meanOf(b, both, config.latent_channels);
      },
    } satisfies Stage;
  });
}

function meanOf(b: StageBuilder, x: Volume, channels: number): Volume {
  if (!x.value) return { ...x, channels };
  const value = b.g.op('Slice', [x.value, b.g.ints([0]), b.g.ints([channels]), b.g.ints([1])]);
  return { ...x, channels, value };
}
