/** Nodes on [-1, 1] and weights of Gauss-Legendre quadrature: exact for polynomials up to degree 2 * count - 1. */
function gaussLegendre(count: number): readonly (readonly [node: number, weight: number])[] {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    // Newton's method on the Legendre polynomial, which the recurrence gives with its derivative.
    for (let turn = 0; turn < 8; turn++) {
      let [before, here] = [1, x];
      for (let k = 2; k <= count; k++) [before, here] = [here, ((2 * k - 1) * x * here - (k - 1) * before) / k];
      slope = (count * (x * here - before)) / (x * x - 1);
      x -= here / slope;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)] as const;
  });
}

const points = gaussLegendre(20);

/** The integral of a smooth function from `from` to `to`. */
export function integral(f: (x: number) => number, from: number, to: number): number {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  let sum = 0;
  for (const [node, weight] of points) sum += weight * f(middle + half * node);
  return half * sum;
}

/** The Lagrange polynomial of the `j`-th of these places: 1 there, 0 at the others. */
export function lagrange(places: readonly number[], j: number, x: number): number {
  let product = 1;
  for (let k = 0; k < places.length; k++) if (k !== j) product *= (x - places[k]!) / (places[j]! - places[k]!);
  return product;
}
