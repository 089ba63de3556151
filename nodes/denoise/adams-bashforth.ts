import { combine } from './combine';
import { foresee } from './flow';
import { lastSigmas, remember } from './history';
import { integral, lagrange } from './quadrature';
import type { Stepping } from './sampling';

/**
 * Multistep methods after Adams and Bashforth: dx/dsigma is taken for the polynomial through what it was at this step and
 * the ones before, and integrated over the step. They differ in the polynomial's variable and in how many steps back
 * they look. `weights` gives one weight for each velocity, newest first, times the stride.
 */
export async function adamsBashforth(
  x: Float32Array,
  at: Stepping,
  about: { order: number; weights(sigmas: readonly number[], next: number): number[] },
): Promise<{ x: Float32Array; foreseen: Float32Array }> {
  const [sigma, next] = [at.sigmas[at.index]!, at.sigmas[at.index + 1]!];
  const slope = await at.velocity(x, sigma, at.timesteps[at.index]);
  const clip = foresee(x, slope, sigma);
  const slopes = remember(at.state, { name: 'slope', array: slope, most: about.order });
  if (next === 0) return { x: clip, foreseen: clip };
  const found = about.weights(lastSigmas(at, slopes.length), next);
  return { x: combine([[1, x], ...slopes.map((array, k) => [found[k]!, array] as const)]), foreseen: clip };
}

/** Adams-Bashforth weights of even steps, newest first, by order. */
const even: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/** The weights of even steps, whatever the steps. */
export const evenWeights = (sigmas: readonly number[], next: number): number[] =>
  even[sigmas.length - 1]!.map((weight) => weight * (next - sigmas[0]!));

/** Exact weights for a polynomial in `time(sigma)`: integrals of its Lagrange polynomials over the step. */
export const polynomialWeights = (time: (sigma: number) => number) => (sigmas: readonly number[], next: number) => {
  const places = sigmas.map(time);
  return places.map((_, j) => integral((sigma) => lagrange(places, j, time(sigma)), sigmas[0]!, next));
};
