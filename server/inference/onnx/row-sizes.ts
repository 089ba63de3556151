import type { GraphBuilder, Value } from './model';

/** No row is divided by less. */
const tiny = 1e-30;

/** The largest size of each row's numbers, [rows, 1] for x [rows, width]: above 0. */
export function rowSizes(g: GraphBuilder, x: Value): Value {
  const most = (type: 'ReduceMax' | 'ReduceMin') => g.op(type, [x, g.ints([1])], { keepdims: 1 });
  return g.op('Max', [g.op('Max', [most('ReduceMax'), g.op('Neg', [most('ReduceMin')])]), g.floats([tiny])]);
}
