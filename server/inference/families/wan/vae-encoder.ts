import type { Checkpoint } from '../../checkpoint';
import { slice } from '../../onnx/ops';
import { patchOf, type VaeConfig } from './vae-config';
import type { PieceSize } from './vae-decoder';
import { type PieceGraph, type PieceKind, VaeGraph, type Volume } from './vae-graph';
import { downsample, head, middle, residual } from './vae-layers';
import { averageDown, foldPatches } from './vae-shortcut';

/**
 * The encoder's graph for a piece of a clip: `x` [1, 3, frames, height, width] in pixels, -1..1, to the mean
 * `y` [1, z_dim, frames, height, width] in latent pixels, not normalised. The first piece is one frame; from then on every
 * `timeFactor` frames give one latent frame.
 */
export function encoderGraph(
  config: VaeConfig,
  checkpoint: Checkpoint,
  piece: PieceKind & { size: PieceSize },
): PieceGraph {
  const { frames, height, width } = piece.size;
  const b = new VaeGraph('Wan VAE encoder', checkpoint, piece);
  const input = b.input([1, 3, frames, height, width]);
  let x = foldPatches(b, input, patchOf(config));
  x = b.conv(x, 'encoder.conv_in', config.base_dim, [3, 3]);
  x = config.is_residual ? residualDown(b, x, config) : plainDown(b, x, config);
  x = middle(b, x, 'encoder.mid_block');
  x = head(b, x, 'encoder', 2 * config.z_dim);
  x = b.conv(x, 'quant_conv', 2 * config.z_dim, [1, 1]);
  // The second half is the logarithm of the variance: Wan takes the mode, never a sample.
  const mean = slice(b.g, x.value, { axis: 1, from: 0, to: config.z_dim });
  return b.finish(input, { ...x, value: mean, channels: config.z_dim });
}

/** Wan 2.1 numbers all layers on the way down in one list. */
function plainDown(b: VaeGraph, input: Volume, config: VaeConfig): Volume {
  let x = input;
  let layer = 0;
  for (const [i, multiple] of config.dim_mult.entries()) {
    for (let block = 0; block < config.num_res_blocks; block++, layer++) {
      x = residual(b, x, `encoder.down_blocks.${layer}`, config.base_dim * multiple);
    }
    const time = config.temperal_downsample[i];
    if (time !== undefined) x = downsample(b, x, `encoder.down_blocks.${layer++}`, { time });
  }
  return x;
}

/** Wan 2.2 has blocks with a way round each. */
function residualDown(b: VaeGraph, input: Volume, config: VaeConfig): Volume {
  let x = input;
  for (const [i, multiple] of config.dim_mult.entries()) {
    const key = `encoder.down_blocks.${i}`;
    const out = config.base_dim * multiple;
    const time = config.temperal_downsample[i];
    const isLast = time === undefined;
    let y = x;
    for (let block = 0; block < config.num_res_blocks; block++) y = residual(b, y, `${key}.resnets.${block}`, out);
    if (!isLast) y = downsample(b, y, `${key}.downsampler`, { time });
    const shortcut = averageDown(b, x, { out, time: time ? 2 : 1, space: isLast ? 1 : 2 });
    x = { ...y, value: b.g.op('Add', [y.value, shortcut.value]) };
  }
  return x;
}
