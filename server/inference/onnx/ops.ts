import type { StoredTensor } from '../safetensors';
import type { Device } from '../session';
import { addFull, addLowRank } from './deltas';
import { halfLinear } from './half';
import { int8Linear } from './int8';
import type { GraphBuilder, Value } from './model';

/**
 * The operators transformers are made of, in the set that CPU, CUDA, WebGPU, CoreML and DirectML share.
 * Matrices are [rows, width]; attention takes [batch, tokens, heads * size].
 */

/** `x Wᵀ + b` for x [rows, in] and a PyTorch weight [out, in] (more axes are flattened into `in`). */
export function linear(g: GraphBuilder, x: Value, weight: StoredTensor, bias?: StoredTensor): Value {
  const [out = 0, ...rest] = weight.shape;
  const deltas = weight.deltas ?? [];
  const full = deltas.filter((delta) => 'full' in delta);
  const { int8, isHalf } = weight;
  if (int8 || isHalf) {
    const offset = bias ? g.weight(bias) : null;
    const y = int8 ? int8Linear(g, x, { weight: int8, bias: offset }) : halfLinear(g, x, { weight, bias: offset });
    return addLowRank(g, addFull(g, y, { x, deltas }), { x, deltas });
  }
  // One number for the whole weight is taken on the rows: there are fewer of them, and no second copy is made.
  const isScaled = weight.scale?.shape.every((size) => size === 1) && !full.length;
  const { scale, ...unscaled } = weight;
  const summed = { ...unscaled, ...(scale && !isScaled ? { scale } : {}), deltas: full };
  const matrix = g.weight(summed, [out, rest.reduce((total, size) => total * size, 1)]);
  const rows = scale && isScaled ? multiply(g, x, g.weight(scale, [1])) : x;
  // Gemm reads the weight as it lies on disk; a Transpose would copy it.
  const y = g.op('Gemm', bias ? [rows, matrix, g.weight(bias)] : [rows, matrix], { transB: 1 });
  return addLowRank(g, y, { x, deltas });
}

export const add = (g: GraphBuilder, a: Value, b: Value): Value => g.op('Add', [a, b]);
export const multiply = (g: GraphBuilder, a: Value, b: Value): Value => g.op('Mul', [a, b]);

/** `shape` may hold one -1 (inferred) and 0 (kept). Costs nothing at run time. */
export const reshape = (g: GraphBuilder, x: Value, shape: readonly number[] | Value): Value =>
  g.op('Reshape', [x, 'name' in shape ? shape : g.ints(shape)]);

export const transpose = (g: GraphBuilder, x: Value, perm: readonly number[]): Value =>
  g.op('Transpose', [x], { perm });

export const concat = (g: GraphBuilder, parts: readonly Value[], axis: number): Value =>
  g.op('Concat', parts, { axis });

/** Rows (or slices along `axis`) by an int64 index tensor. */
export const gather = (g: GraphBuilder, x: Value, indices: Value, axis = 0): Value =>
  g.op('Gather', [x, indices], { axis });

/** The part [from, to) of an axis. */
export const slice = (g: GraphBuilder, x: Value, range: { axis: number; from: number; to: number }): Value =>
  g.op('Slice', [x, g.ints([range.from]), g.ints([range.to]), g.ints([range.axis])]);

export const silu = (g: GraphBuilder, x: Value): Value => g.op('Mul', [x, g.op('Sigmoid', [x])]);

/** GELU in its tanh approximation: 0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x³))), which is never below -0.170041. */
export const gelu = (g: GraphBuilder, x: Value): Value => ({
  ...g.op('Gelu', [x], { approximate: 'tanh' }),
  least: -0.1701,
});

/** LayerNorm over the last axis; scale and bias are [width]. */
export const layerNorm = (g: GraphBuilder, x: Value, about: { scale: Value; bias: Value; eps: number }): Value =>
  g.op('LayerNormalization', [x, about.scale, about.bias], { axis: -1, epsilon: { float: about.eps } });

/** LayerNorm of x [groups, rows, width] with a scale and bias of its own for each group, [groups, 1, width]. */
export function modulatedNorm(
  g: GraphBuilder,
  x: Value,
  about: { scale: Value; bias: Value; eps: number; width: number; device: Device },
): Value {
  // Only the CPU's operator broadcasts them; the others do it in two more steps.
  if (about.device.name === 'cpu') return layerNorm(g, x, about);
  const plain = {
    scale: g.floats(new Float32Array(about.width).fill(1)),
    bias: g.floats(new Float32Array(about.width)),
  };
  return add(g, multiply(g, layerNorm(g, x, { ...plain, eps: about.eps }), about.scale), about.bias);
}

/** `x / sqrt(mean(x²) + eps) · w` over the last axis. */
export const rmsNorm = (g: GraphBuilder, x: Value, weight: Value, eps: number): Value =>
  g.op('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: { float: eps } });

/** Convolution in 1, 2 or 3 dimensions with a PyTorch weight; `pads` are all begins, then all ends. */
export function conv(
  g: GraphBuilder,
  x: Value,
  about: { weight: StoredTensor; bias?: StoredTensor; strides?: number[]; pads?: number[]; shape?: readonly number[] },
): Value {
  const { weight, bias, strides, pads, shape } = about;
  const kernel = (shape ?? weight.shape).slice(2);
  const inputs = [x, g.weight(weight, shape ?? weight.shape), ...(bias ? [g.weight(bias)] : [])];
  return g.op('Conv', inputs, {
    kernel_shape: kernel,
    ...(strides ? { strides } : {}),
    ...(pads ? { pads } : {}),
  });
}
