import { combine } from './combine';
import type { Stepping } from './sampling';

/** What DPM-Solver sees from one place: the noise there. */
type Look = (x: Float32Array, sigma: number) => Promise<Float32Array>;

/** A stride of DPM-Solver, and the noise seen on the way, so that two orders can share looks. */
export interface Stride {
  x: Float32Array;
  seen: Float32Array[];
}

/**
 * One stride of DPM-Solver (Lu et al. 2022, 2206.00927, algorithms 1 and 2, appendix B) from sigma to next over -ln sigma:
 * `x' = x - sigma' (e^h - 1) noise - ...`, of order 1, 2 or 3 with as many looks. `first` is the part of the stride the
 * second look is from; `seen` holds looks that were taken already.
 */
export async function dpmSolver(
  x: Float32Array,
  about: { look: Look; sigma: number; next: number; order: 1 | 2 | 3; first?: number; seen?: readonly Float32Array[] },
): Promise<Stride> {
  const { look, sigma, next, order, first = order === 3 ? 1 / 3 : 1 / 2 } = about;
  const h = Math.log(sigma / next);
  const seen = [...(about.seen ?? [])];
  seen[0] ??= await look(x, sigma);
  const here = seen[0];
  const grow = Math.expm1(h);
  if (order === 1)
    return {
      x: combine([
        [1, x],
        [-next * grow, here],
      ]),
      seen,
    };
  const near = sigma * Math.exp(-first * h);
  seen[1] ??= await look(
    combine([
      [1, x],
      [-near * Math.expm1(first * h), here],
    ]),
    near,
  );
  if (order === 2) {
    const bend = (next * grow) / (2 * first);
    return {
      x: combine([
        [1, x],
        [-next * grow + bend, here],
        [-bend, seen[1]],
      ]),
      seen,
    };
  }
  const second = 2 / 3;
  const far = sigma * Math.exp(-second * h);
  const lift = far * (second / first) * (Math.expm1(second * h) / (second * h) - 1);
  seen[2] ??= await look(
    combine([
      [1, x],
      [-far * Math.expm1(second * h) + lift, here],
      [-lift, seen[1]],
    ]),
    far,
  );
  const bend = (next / second) * (grow / h - 1);
  return {
    x: combine([
      [1, x],
      [-next * grow + bend, here],
      [-bend, seen[2]],
    ]),
    seen,
  };
}

/** The noise as the network tells it, for DPM-Solver: (x - clip) / sigma, which is the velocity. */
export const lookBy =
  (at: Stepping): Look =>
  (x, sigma) =>
    at.velocity(x, sigma);

/** Sigmas in geometric progression between a list's first and last that is not 0, in so many strides, then 0. */
export function evenStrides(sigmas: Float32Array, strides: number): Float32Array {
  const first = sigmas[0]!;
  const isFinished = sigmas.at(-1) === 0;
  const last = sigmas[sigmas.length - (isFinished ? 2 : 1)]!;
  if (last >= first || strides < 1) return sigmas;
  const path = Array.from({ length: strides + 1 }, (_, i) =>
    i === strides ? last : first * (last / first) ** (i / strides),
  );
  return Float32Array.from(isFinished ? [...path, 0] : path);
}
