/** A weighted sum to be made: each weight is a double, each array of the latent's length. */
export type Terms = readonly (readonly [weight: number, array: Float32Array])[];

/**
 * The weighted sum of arrays, added from left to right in double precision and rounded to fp32 once. A new array.
 * Loops of two to six terms, which is what samplers have, are written out: a loop inside the loop costs two to three times as
 * much.
 */
export function combine(terms: Terms): Float32Array {
  const total = new Float32Array(terms[0]![1].length);
  const [first, second, third, fourth, fifth, sixth, ...more] = terms.filter(([weight], i) => weight !== 0 || i === 0);
  if (!second) return scale(total, first!);
  const [a, b, x, y] = [first![0], second[0], first![1], second[1]];
  if (!third) {
    for (let i = 0; i < total.length; i++) total[i] = a * x[i]! + b * y[i]!;
    return total;
  }
  const [c, z] = third;
  if (!fourth) {
    for (let i = 0; i < total.length; i++) total[i] = a * x[i]! + b * y[i]! + c * z[i]!;
    return total;
  }
  const [d, u] = fourth;
  if (!fifth) {
    for (let i = 0; i < total.length; i++) total[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]!;
    return total;
  }
  const [e, v] = fifth;
  if (!sixth) {
    for (let i = 0; i < total.length; i++) total[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]! + e * v[i]!;
    return total;
  }
  const [f, w] = sixth;
  if (more.length === 0) {
    for (let i = 0; i < total.length; i++)
      total[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]! + e * v[i]! + f * w[i]!;
    return total;
  }
  for (let i = 0; i < total.length; i++) {
    let value = a * x[i]! + b * y[i]! + c * z[i]! + d * u[i]! + e * v[i]! + f * w[i]!;
    for (const [weight, array] of more) value += weight * array[i]!;
    total[i] = value;
  }
  return total;
}

function scale(total: Float32Array, [weight, array]: Terms[number]): Float32Array {
  for (let i = 0; i < total.length; i++) total[i] = weight * array[i]!;
  return total;
}
