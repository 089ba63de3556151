import type { StoredTensor } from '../safetensors';
import type { GraphBuilder, Value } from './model';
import { rowSizes } from './row-sizes';

/** A weight in eight bits beside the one it was made from: `values` I8 [in, out], and F32 factors, one for each of `out`. */
export interface Int8Weight {
  values: StoredTensor;
  scales: StoredTensor;
  /**
   * What x is brought to eight bits by: each row by its own largest number, or all of it at once. Rows bear with tokens that
   * differ widely, as they do in large networks; in small ones the few further operators would take longer than the products.
   * `row-twice` rounds what the first eight bits left over once more: for rows in which a few numbers stand far above all others.
   */
  by: 'row' | 'row-twice' | 'tensor';
}

/** What stands for 0 among the unsigned bytes that a row is brought to: the middle, or low where x is hardly ever negative. */
const [middle, low] = [128, 32];

/**
 * `x Wᵀ + b` in integers for x [rows, in]: products and sums are exact, x and W are rounded (per token and per output
 * channel: Dettmers et al. 2022, 2208.07339). Several products of one x share its eight bits.
 */
export function int8Linear(g: GraphBuilder, x: Value, about: { weight: Int8Weight; bias: Value | null }): Value {
  const { weight, bias } = about;
  const [values, scales] = [g.integers(weight.values), g.weight(weight.scales)];
  if (weight.by === 'tensor') {
    const [bytes, factor, zero] = g.once(`int8 ${x.name}`, () => g.ops('DynamicQuantizeLinear', [x], 3));
    return g.op('MatMulIntegerToFloat', [bytes!, values, factor!, scales, zero!, null, bias], {}, 'com.microsoft');
  }
  if (weight.by === 'row-twice') {
    const [bytes, factor] = g.once(`int8 twice ${x.name}`, () => twiceByRows(g, x));
    const both = byFactors(g, { bytes: bytes!, values, scales, zero: middle, factor: factor! });
    const [first, second] = g.ops('Split', [both], 2, { axis: 0, num_outputs: 2 });
    const y = g.op('Add', [first!, second!]);
    return bias ? g.op('Add', [y, bias]) : y;
  }
  const zero = x.least === undefined ? middle : low;
  const [bytes, factor] = g.once(`int8 ${x.name}`, () => byRows(g, x, zero));
  const y = byFactors(g, { bytes: bytes!, values, scales, zero, factor: factor! });
  return bias ? g.op('Add', [y, bias]) : y;
}

/** The product of bytes, each row by its factor. */
function byFactors(
  g: GraphBuilder,
  about: { bytes: Value; values: Value; scales: Value; zero: number; factor: Value },
): Value {
  const { bytes, values, scales, zero, factor } = about;
  const inputs = [bytes, values, g.floats([1], []), scales, g.bytes([zero], [])];
  return g.op('Mul', [g.op('MatMulIntegerToFloat', inputs, {}, 'com.microsoft'), factor]);
}

/** Unsigned bytes around `zero` and a factor for each row, [rows, 1]. */
function byRows(g: GraphBuilder, x: Value, zero: number): Value[] {
  const factor = factors(g, x, zero);
  return [g.op('QuantizeLinear', [x, ...flatWithZeros(g, factor, zero)], { axis: 0 }), factor];
}

/**
 * The bytes of all rows and below them those of what they left over, at most half a step to either side, which is 254 times
 * finer: [2 rows, width] and [2 rows, 1]. The weights are read once for both.
 */
function twiceByRows(g: GraphBuilder, x: Value): Value[] {
  const factor = factors(g, x, middle);
  const fine = g.op('Mul', [factor, g.floats([1 / 254])]);
  const [scale, zeros] = flatWithZeros(g, factor, middle);
  const coarse = g.op('QuantizeLinear', [x, scale, zeros], { axis: 0 });
  const rest = g.op('Sub', [x, g.op('DequantizeLinear', [coarse, scale, zeros], { axis: 0 })]);
  const left = g.op('QuantizeLinear', [rest, ...flatWithZeros(g, fine, middle)], { axis: 0 });
  return [g.op('Concat', [coarse, left], { axis: 0 }), g.op('Concat', [factor, fine], { axis: 0 })];
}

/** Factors [rows, 1] as the scales that QuantizeLinear takes, with its zero for each. */
function flatWithZeros(g: GraphBuilder, factor: Value, zero: number): [scale: Value, zeros: Value] {
  const flat = g.op('Reshape', [factor, g.ints([-1])]);
  return [flat, g.op('Expand', [g.bytes([zero]), g.op('Shape', [flat])])];
}

/** The smallest factors by which all of a row is held: what a step of its bytes is worth. */
function factors(g: GraphBuilder, x: Value, zero: number): Value {
  const above = g.floats([1 / (255 - zero)]);
  // What is known need not be looked for, and bytes that would never be used go to the positive side.
  if (x.least !== undefined) {
    const most = g.op('ReduceMax', [x, g.ints([1])], { keepdims: 1 });
    return g.op('Max', [g.op('Mul', [most, above]), g.floats([-x.least / zero])]);
  }
  return g.op('Mul', [rowSizes(g, x), above]);
}
