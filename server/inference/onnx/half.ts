import type { StoredTensor } from '../safetensors';
import { elements } from './element';
import type { GraphBuilder, Value } from './model';
import { rowSizes } from './row-sizes';

/**
 * What each row's largest number is brought to. fp16 ends at 65504, which leaves room for sums a thousand times as large;
 * numbers a millionth of it still have all their digits.
 */
const largest = 64;

/**
 * `x Wᵀ + b` with the product in fp16, for x [rows, in] and a weight [out, in]: a graphics card keeps half the bytes and
 * multiplies twice as fast. What goes in and comes out, and the bias, are fp32. Each row is multiplied in its own measure, so
 * that the networks whose numbers leave fp16's range (T5 and LTX-Video do) bear it, too.
 */
export function halfLinear(g: GraphBuilder, x: Value, about: { weight: StoredTensor; bias: Value | null }): Value {
  const { weight, bias } = about;
  const [out = 0, ...rest] = weight.shape;
  const matrix = g.halves(weight, [out, rest.reduce((total, size) => total * size, 1)]);
  const [rows, factor] = g.once(`half ${x.name}`, () => {
    const unit = g.op('Mul', [rowSizes(g, x), g.floats([1 / largest])]);
    return [g.op('Cast', [g.op('Div', [x, unit])], { to: elements.f16 }), unit];
  });
  const product = g.op('Cast', [g.op('Gemm', [rows!, matrix], { transB: 1 })], { to: elements.f32 });
  const y = g.op('Mul', [product, factor!]);
  return bias ? g.op('Add', [y, bias]) : y;
}
