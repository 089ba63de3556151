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
 * The decoder's graph for a piece of a clip: `x` [1, z_dim, frames, height, width] in latent pixels, not normalised, to
 * `y` [1, 3, frames, height, width] in pixels, -1..1. The first piece has one latent frame and gives one frame; from then on
 * each latent frame gives `timeFactor` frames. Tiles that are yet to be blended are not cut off at -1 and 1: `unclamped`.
 */
export function decoderGraph(
  config: VaeConfig,
  checkpoint: Checkpoint,
  piece: PieceKind & { size: PieceSize; unclamped?: boolean },
): PieceGraph {
  const { frames, height, width } = piece.size;
  const b = new VaeGraph('Wan VAE decoder', checkpoint, piece);
  const input = b.input([1, config.z_dim, frames, height, width]);
  const base = config.decoder_base_dim ?? config.base_dim;
  const widths = config.dim_mult.map((multiple) => base * multiple).reverse();
  let x = b.conv(input, 'post_quant_conv', config.z_dim, [1, 1]);
  x = b.conv(x, 'decoder.conv_in', widths[0]!, [3, 3]);
  x = middle(b, x, 'decoder.mid_block');
  for (const [i, out] of widths.entries()) x = upBlock(b, x, { config, i, out });
  const patches = head(b, x, 'decoder', config.out_channels);
  const y = unfoldPatches(b, patches, patchOf(config));
  if (piece.unclamped) return b.finish(input, y);
  // Not a Clip: ONNX Runtime would fuse it into the convolution, which makes a last node of it; see VaeGraph.finish.
  const clamped = b.g.op('Min', [b.g.op('Max', [y.value, b.g.floats([-1])]), b.g.floats([1])]);
  return b.finish(input, { ...y, value: clamped });
}

function upBlock(b: VaeGraph, x: Volume, about: { config: VaeConfig; i: number; out: number }): Volume {
  const { config, i, out } = about;
  const key = `decoder.up_blocks.${i}`;
  const isLast = i === config.dim_mult.length - 1;
  const time = config.temperal_downsample.at(-1 - i) ?? false;
  let y = x;
  for (let block = 0; block <= config.num_res_blocks; block++) y = residual(b, y, `${key}.resnets.${block}`, out);
  if (isLast) return y;
  // Wan 2.1 halves the channels on the way up; Wan 2.2 keeps them and adds a way round the whole block.
  if (!config.is_residual) return upsample(b, y, `${key}.upsamplers.0`, { out: Math.floor(out / 2), time });
  const large = upsample(b, y, `${key}.upsampler`, { out, time });
  const shortcut = duplicateUp(b, x, { out, time: time ? 2 : 1, space: 2 });
  return { ...large, value: b.g.op('Add', [large.value, shortcut.value]) };
}
