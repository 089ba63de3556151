import { attention } from '../../onnx/attention';
import { add, linear, multiply, reshape, silu, slice, transpose } from '../../onnx/ops';
import { eachSide, shapeOf, type VaeGraph, type Volume } from './vae-graph';

/** Cuts off what is more than `most` pixels beyond the part of the picture that is made. */
export function trim(b: VaeGraph, x: Volume, most: number): Volume {
  const { g } = b;
  const { top, left, bottom, right } = eachSide(x.margins, (pixels) => Math.max(0, pixels - most));
  if (top + left + bottom + right === 0) return x;
  const [starts, ends] = [g.ints([top, left]), g.ints([x.height - bottom, x.width - right])];
  const value = g.op('Slice', [x.value, starts, ends, g.ints([3, 4])]);
  const margins = eachSide(x.margins, (pixels) => Math.min(pixels, most));
  return { ...x, height: x.height - top - bottom, width: x.width - left - right, margins, value };
}

/** `x / max(‖x‖₂ over channels, 1e-12) · √C · γ`. */
function norm(b: VaeGraph, x: Volume, key: string, gamma: readonly number[]): Volume {
  const { g } = b;
  const squares = g.op('ReduceMean', [multiply(g, x.value, x.value), g.ints([1])], { keepdims: 1 });
  // With the mean instead of the sum of squares, √C is already in it.
  const length = g.op('Max', [g.op('Sqrt', [squares]), g.floats([1e-12 / Math.sqrt(x.channels)])]);
  const weight = g.weight(b.checkpoint.get(`${key}.gamma`, gamma), [1, x.channels, 1, 1, 1]);
  return { ...x, value: multiply(g, g.op('Div', [x.value, length]), weight) };
}

const normSilu = (b: VaeGraph, x: Volume, key: string): Volume => {
  const normed = norm(b, x, key, [x.channels, 1, 1, 1]);
  return { ...x, value: silu(b.g, normed.value) };
};

/** Two convolutions round a shortcut. */
export function residual(b: VaeGraph, x: Volume, key: string, out: number): Volume {
  const hidden = b.conv(normSilu(b, x, `${key}.norm1`), `${key}.conv1`, out, [3, 3]);
  const y = b.conv(normSilu(b, hidden, `${key}.norm2`), `${key}.conv2`, out, [3, 3]);
  const shortcut = x.channels === out ? x : b.conv(x, `${key}.conv_shortcut`, out, [1, 1]);
  return { ...y, value: add(b.g, y.value, shortcut.value) };
}

/** Attention of every pixel of a frame to all pixels of that frame, with a single head. */
function selfAttention(b: VaeGraph, x: Volume, key: string): Volume {
  const { g, checkpoint } = b;
  const { channels: c, frames, height, width } = x;
  const pixels = height * width;
  const normed = norm(b, x, `${key}.norm`, [c, 1, 1]).value;
  const rows = reshape(g, transpose(g, reshape(g, normed, [c, frames * pixels]), [1, 0]), [frames * pixels, c]);
  const weight = checkpoint.get(`${key}.to_qkv.weight`, [3 * c, c, 1, 1]);
  const qkv = reshape(g, linear(g, rows, weight, checkpoint.get(`${key}.to_qkv.bias`, [3 * c])), [frames, pixels, -1]);
  const part = (from: number) => slice(g, qkv, { axis: 2, from: from * c, to: (from + 1) * c });
  const parts = { q: part(0), k: part(1), v: part(2) };
  const mixed = attention(g, parts, { heads: 1, size: c, mode: b.kind.attention });
  const out = linear(
    g,
    reshape(g, mixed, [frames * pixels, c]),
    checkpoint.get(`${key}.proj.weight`, [c, c, 1, 1]),
    checkpoint.get(`${key}.proj.bias`, [c]),
  );
  return { ...x, value: add(g, x.value, reshape(g, transpose(g, out, [1, 0]), shapeOf(x))) };
}

/** The blocks at the lowest resolution. */
export function middle(b: VaeGraph, x: Volume, key: string): Volume {
  const before = residual(b, x, `${key}.resnets.0`, x.channels);
  return residual(b, selfAttention(b, before, `${key}.attentions.0`), `${key}.resnets.1`, x.channels);
}

/** The last layers of both halves: norm, SiLU, convolution. */
export const head = (b: VaeGraph, x: Volume, key: string, out: number): Volume =>
  b.conv(normSilu(b, x, `${key}.norm_out`), `${key}.conv_out`, out, [3, 3]);

/** A 3x3 convolution of each frame; a stride of 2 halves the picture. */
function conv2d(b: VaeGraph, x: Volume, key: string, about: { out: number; stride: 1 | 2 }): Volume {
  const { out, stride } = about;
  return b.convolve(x, {
    key,
    shape: [out, x.channels, 3, 3],
    strides: [1, stride],
    // Halving pads at the right and bottom only.
    pads: stride === 1 ? [1, 1, 1, 1] : [0, 0, 1, 1],
  });
}

/** Doubles the frames: all but the first of the clip, which stays single. */
export function lengthen(b: VaeGraph, x: Volume, key: string): Volume {
  if (b.kind.first) return x;
  const { g } = b;
  const { channels, height, width } = x;
  const { value, frames } = b.conv(x, `${key}.time_conv`, 2 * channels, [3, 1]);
  const pairs = transpose(g, reshape(g, value, [2, channels, frames, height * width]), [1, 2, 0, 3]);
  return { ...x, frames: 2 * frames, value: reshape(g, pairs, [1, channels, 2 * frames, height, width]) };
}

/** Doubles the picture. */
export function enlarge(b: VaeGraph, x: Volume, key: string, out: number): Volume {
  const { g } = b;
  const { channels, frames, height, width } = x;
  const flat = reshape(g, x.value, [1, channels * frames, height, width]);
  const large = g.op('Resize', [flat, null, g.floats([1, 1, 2, 2])], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  const margins = eachSide(x.margins, (pixels) => 2 * pixels);
  const doubled = { ...x, height: 2 * height, width: 2 * width, margins };
  const value = reshape(g, large, shapeOf(doubled));
  return conv2d(b, { ...doubled, value }, `${key}.resample.1`, { out, stride: 1 });
}

/** Halves the picture and, with `time`, the frames: the first of the clip stays, then every two become one. */
export function downsample(b: VaeGraph, x: Volume, key: string, about: { time: boolean }): Volume {
  const small = conv2d(b, x, `${key}.resample.1`, { out: x.channels, stride: 2 });
  if (!about.time) return small;
  const name = `${key}.time_conv`;
  const seen = b.withPast(small, name, 1);
  if (b.kind.first) return small;
  return b.convolve(seen, { key: name, shape: [x.channels, x.channels, 3, 1, 1], strides: [2, 1], pads: [0, 0, 0, 0] });
}
