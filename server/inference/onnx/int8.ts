import type { StoredTensor } from '../safetensors';
import type { GraphBuilder, Value } from './model';

/** A weight in eight bits beside the one it was made from: `values` I8 [in, out], and F32 factors, one for each of `out`. */
export interface Int8Weight {
  values: StoredTensor;
  scales: StoredTensor;
  /**
   * What x is brought to eight bits by: each row by its own largest number, or all of it at once. Rows bear with tokens that
   * differ widely, as they do in large networks; in small ones the few further operators would take longer than the products.
   */
  by: 'row' | 'tensor';
}

/** What stands for 0 among the unsigned bytes that a row is brought to: the middle, or low where x is hardly ever negative. */
const [middle, low] = [128, 32];
/** No row is divided by less. */
const tiny = 1e-30;

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
  const zero = x.least === undefined ? middle : low;
  const [bytes, factor] = g.once(`int8 ${x.name}`, () => byRows(g, x, zero));
  const inputs = [bytes!, values, g.floats([1], []), scales, g.bytes([zero], [])];
  const y = g.op('Mul', [g.op('MatMulIntegerToFloat', inputs, {}, 'com.microsoft'), factor!]);
  return bias ? g.op('Add', [y, bias]) : y;
}

/** Unsigned bytes around `zero` and a factor for each row, [rows, 1]. */
function byRows(g: GraphBuilder, x: Value, zero: number): Value[] {
  const factor = factors(g, x, zero);
  const flat = g.op('Reshape', [factor, g.ints([-1])]);
  const zeros = g.op('Expand', [g.bytes([zero]), g.op('Shape', [flat])]);
  return [g.op('QuantizeLinear', [x, flat, zeros], { axis: 0 }), factor];
}

/** The smallest factors by which all of a row is held: what a step of its bytes is worth. */
function factors(g: GraphBuilder, x: Value, zero: number): Value {
  const most = (type: 'ReduceMax' | 'ReduceMin') => g.op(type, [x, g.ints([1])], { keepdims: 1 });
  const above = g.floats([1 / (255 - zero)]);
  // What is known need not be looked for, and bytes that would never be used go to the positive side.
  if (x.least !== undefined) {
    return g.op('Max', [g.op('Mul', [most('ReduceMax'), above]), g.floats([-x.least / zero])]);
  }
  return g.op('Mul', [g.op('Max', [most('ReduceMax'), g.op('Neg', [most('ReduceMin')]), g.floats([tiny])]), above]);
}
