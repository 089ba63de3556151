import type { StoredTensor } from '../safetensors';
import { elements } from './element';
import type { GraphBuilder, Value } from './model';

/**
 * `x Wᵀ + b` with the product in fp16, for x [rows, in] and a weight [out, in]: a graphics card keeps half the bytes and
 * multiplies twice as fast. What goes in and comes out, and the bias, are fp32.
 */
export function halfLinear(g: GraphBuilder, x: Value, about: { weight: StoredTensor; bias: Value | null }): Value {
  const { weight, bias } = about;
  const [out = 0, ...rest] = weight.shape;
  const matrix = g.halves(weight, [out, rest.reduce((total, size) => total * size, 1)]);
  const [rows] = g.once(`half ${x.name}`, () => [g.op('Cast', [x], { to: elements.f16 })]);
  const y = g.op('Cast', [g.op('Gemm', [rows!, matrix], { transB: 1 })], { to: elements.f32 });
  return bias ? g.op('Add', [y, bias]) : y;
}
