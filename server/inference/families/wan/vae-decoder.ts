import type { Checkpoint } from '../../checkpoint';
import { patchOf, type VaeConfig } from './vae-config';
import { type PieceGraph, type PieceKind, VaeGraph, type Volume } from './vae-graph';
import { head, middle, residual, upsample } from './vae-layers';
import { duplicateUp, unfoldPatches } from './vae-shortcut';

export interface PieceSize {
  frames: number;
  height: number;
  width: number;
}

/**
 * Which layers of the decoder a graph holds: all, those up to where the clip has all its frames, or those after that. In the
 * latter no frame takes part in making another but through what layers remember, so they may be run frame by frame.
 */
export type DecoderPart = 'whole' | 'deep' | 'wide';

const base = (config: VaeConfig): number => config.decoder_base_dim ?? config.base_dim;
const widthsOf = (config: VaeConfig): number[] => config.dim_mult.map((multiple) => base(config) * multiple).reverse();

/** How many blocks on the way up are deep: the last that doubles the frames is one of them. */
const deepBlocks = ({ temperal_downsample: times }: VaeConfig): number => times.length - times.indexOf(true);

/**
 * The decoder's graph for a piece of a clip: `x` [1, z_dim, frames, height, width] in latent pixels, not normalised, to
 * `y` [1, 3, frames, height, width] in pixels, -1..1. The first piece has one latent frame and gives one frame; from then on
 * each latent frame gives `timeFactor` frames. Tiles that are yet to be blended are not cut off at -1 and 1: `unclamped`.
 * Of a wide part `size` is that of its own input, what the deep part gave.
 */
export function decoderGraph(
  config: VaeConfig,
  checkpoint: Checkpoint,
  { part = 'whole', ...piece }: PieceKind & { size: PieceSize; unclamped?: boolean; part?: DecoderPart },
): PieceGraph {
  const { frames, height, width } = piece.size;
  const b = new VaeGraph(`Wan VAE decoder, ${part}`, checkpoint, piece);
  const widths = widthsOf(config);
  const [from, to] = [part === 'wide' ? deepBlocks(config) : 0, part === 'deep' ? deepBlocks(config) : widths.length];
  const channels = from === 0 ? config.z_dim : upTo(config, widths[from - 1]!);
  const input = b.input([1, channels, frames, height, width]);
  let x = from === 0 ? entrance(b, input, config) : input;
  for (let i = from; i < to; i++) x = upBlock(b, x, { config, i, out: widths[i]! });
  if (part === 'deep') return b.finish(input, x);
  const patches = head(b, x, 'decoder', config.out_channels);
  const y = unfoldPatches(b, patches, patchOf(config));
  if (piece.unclamped) return b.finish(input, y);
  // Not a Clip: ONNX Runtime would fuse it into the convolution, which makes a last node of it; see VaeGraph.finish.
  const clamped = b.g.op('Min', [b.g.op('Max', [y.value, b.g.floats([-1])]), b.g.floats([1])]);
  return b.finish(input, { ...y, value: clamped });
}

function entrance(b: VaeGraph, input: Volume, config: VaeConfig): Volume {
  const x = b.conv(input, 'post_quant_conv', config.z_dim, [1, 1]);
  return middle(b, b.conv(x, 'decoder.conv_in', widthsOf(config)[0]!, [3, 3]), 'decoder.mid_block');
}

/** Channels after a block that doubles the picture: Wan 2.1 halves them on the way up; Wan 2.2 keeps them. */
const upTo = (config: VaeConfig, out: number): number => (config.is_residual ? out : Math.floor(out / 2));

function upBlock(b: VaeGraph, x: Volume, about: { config: VaeConfig; i: number; out: number }): Volume {
  const { config, i, out } = about;
  const key = `decoder.up_blocks.${i}`;
  const isLast = i === config.dim_mult.length - 1;
  const time = config.temperal_downsample.at(-1 - i) ?? false;
  let y = x;
  for (let block = 0; block <= config.num_res_blocks; block++) y = residual(b, y, `${key}.resnets.${block}`, out);
  if (isLast) return y;
  if (!config.is_residual) return upsample(b, y, `${key}.upsamplers.0`, { out: upTo(config, out), time });
  // Wan 2.2 adds a way round the whole block.
  const large = upsample(b, y, `${key}.upsampler`, { out, time });
  const shortcut = duplicateUp(b, x, { out, time: time ? 2 : 1, space: 2 });
  return { ...large, value: b.g.op('Add', [large.value, shortcut.value]) };
}
