import type { Checkpoint } from '../../checkpoint';
import { patchOf, type VaeConfig } from './vae-config';
import { type Margins, noMargins, type PieceGraph, type PieceKind, VaeGraph, type Volume } from './vae-graph';
import { enlarge, head, lengthen, middle, residual, trim } from './vae-layers';
import { duplicateUp, unfoldPatches } from './vae-shortcut';

export interface PieceSize {
  frames: number;
  height: number;
  width: number;
}

/**
 * Which layers of the decoder a graph holds: all, those up to where the clip has all its frames, or those after that. In the
 * latter no frame takes part in making another but through what layers remember, so they may be run frame by frame; and a
 * pixel sees no further than `reach`, so they may be run on a part of the picture.
 */
export type DecoderPart = 'whole' | 'deep' | 'wide';

export interface DecoderPiece extends PieceKind {
  size: PieceSize;
  unclamped?: boolean;
  part?: DecoderPart;
  /** In pixels of the input, of a wide part only. */
  margins?: Margins;
}

const base = (config: VaeConfig): number => config.decoder_base_dim ?? config.base_dim;
const widthsOf = (config: VaeConfig): number[] => config.dim_mult.map((multiple) => base(config) * multiple).reverse();

/** How many blocks on the way up are deep: the last that doubles the frames is one of them. */
const deepBlocks = ({ temperal_downsample: times }: VaeConfig): number => times.length - times.indexOf(true);

/**
 * The deep part of Wan 2.1 ends before that block enlarges the picture, where a frame is smallest. Wan 2.2 has a way round
 * the whole block, so there it ends behind it.
 */
const endsEarly = (config: VaeConfig): boolean => !config.is_residual;

/**
 * The decoder's graph for a piece of a clip: `x` [1, z_dim, frames, height, width] in latent pixels, not normalised, to
 * `y` [1, 3, frames, height, width] in pixels, -1..1. The first piece has one latent frame and gives one frame; from then on
 * each latent frame gives `timeFactor` frames. Tiles that are yet to be blended are not cut off at -1 and 1: `unclamped`.
 * Of a wide part `size` is that of its own input, what the deep part gave; without the margins that are in it comes what it makes.
 */
export function decoderGraph(
  config: VaeConfig,
  checkpoint: Checkpoint,
  { part = 'whole', margins = noMargins, ...piece }: DecoderPiece,
): PieceGraph {
  const { frames, height, width } = piece.size;
  const b = new VaeGraph(`Wan VAE decoder, ${part}`, checkpoint, piece);
  const widths = widthsOf(config);
  const last = deepBlocks(config) - 1;
  const channels = part === 'wide' ? (endsEarly(config) ? widths[last]! : upTo(config, widths[last]!)) : config.z_dim;
  const input = b.input([1, channels, frames, height, width], margins);
  let x = input;
  if (part !== 'wide') x = entrance(b, input, config);
  else if (endsEarly(config)) x = enlarge(b, x, upsampler(config, last), upTo(config, widths[last]!));
  const [from, to] = [part === 'wide' ? last + 1 : 0, part === 'deep' ? last + 1 : widths.length];
  for (let i = from; i < to; i++) {
    const isCut = part === 'deep' && i === last && endsEarly(config);
    x = upBlock(b, x, { config, i, out: widths[i]!, isCut });
  }
  if (part === 'deep') return b.finish(input, x);
  const patches = trim(b, head(b, x, 'decoder', config.out_channels), 0);
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

const upsampler = (config: VaeConfig, block: number): string =>
  `decoder.up_blocks.${block}.${config.is_residual ? 'upsampler' : 'upsamplers.0'}`;

/** `isCut`: without what enlarges the picture. */
function upBlock(b: VaeGraph, x: Volume, about: { config: VaeConfig; i: number; out: number; isCut: boolean }): Volume {
  const { config, i, out, isCut } = about;
  const isLast = i === config.dim_mult.length - 1;
  const time = config.temperal_downsample.at(-1 - i) ?? false;
  const key = upsampler(config, i);
  let y = x;
  for (let block = 0; block <= config.num_res_blocks; block++) {
    y = residual(b, trim(b, y, reachOf(config, i, block)), `decoder.up_blocks.${i}.resnets.${block}`, out);
  }
  if (isLast) return y;
  if (time) y = lengthen(b, y, key);
  if (isCut) return y;
  const seen = reachAfter(config, i);
  const large = enlarge(b, trim(b, y, seen), key, upTo(config, out));
  if (!config.is_residual) return large;
  // Wan 2.2 adds a way round the whole block.
  const shortcut = duplicateUp(b, trim(b, x, seen), { out, time: time ? 2 : 1, space: 2 });
  return { ...large, value: b.g.op('Add', [large.value, shortcut.value]) };
}

/** How far a pixel of the picture sees in what a layer of a block is given, in pixels of that, to every side. */
function reachOf(config: VaeConfig, block: number, layer: number): number {
  const convolutions = 2 * (config.num_res_blocks + 1 - layer);
  // Behind the last block there is one more.
  return convolutions + (block === config.dim_mult.length - 1 ? 1 : reachAfter(config, block));
}

/** The same in what a block has before it enlarges the picture, which ends with a convolution. */
const reachAfter = (config: VaeConfig, block: number): number => Math.ceil((reachOf(config, block + 1, 0) + 1) / 2);

/** The same in what the wide part is given. */
export function reachOfWide(config: VaeConfig): number {
  const last = deepBlocks(config) - 1;
  return endsEarly(config) ? reachAfter(config, last) : reachOf(config, last + 1, 0);
}
