/**
 * Flow matching in a few lines: x = (1 - sigma) * data + sigma * noise, and the network answers with the velocity
 * noise - data, so that dx/dsigma is the velocity itself. (models.md keeps the formulas; Lipman et al. 2023, 2210.02747.)
 */

/** Where log-SNR is still finite: diffusers starts UniPC here instead of at 1, and 1 - this is what it takes for alpha. */
export const almostNoise = Math.fround(0.999999);

const capped = (sigma: number) => Math.min(sigma, almostNoise);

/** Share of noise, kept just below 1 for solvers that divide by the share of data. */
export const noiseShare = capped;

/** Share of data left at this sigma, never 0. */
export const dataShare = (sigma: number) => 1 - capped(sigma);

/** Half the log of the signal-to-noise ratio, `ln alpha - ln sigma`; infinite at sigma 0. */
export const logSnr = (sigma: number) => Math.log(dataShare(sigma)) - Math.log(capped(sigma));

/** Moves a sigma towards noise as the checkpoint's shift asks: `k s / (1 + (k - 1) s)`. Both ends stay put. */
export const shifted = (sigma: number, shift: number) => (shift * sigma) / (1 + (shift - 1) * sigma);

/** The clip as foreseen from here: `x - sigma * velocity`. A new array. */
export function foresee(x: Float32Array, velocity: Float32Array, sigma: number): Float32Array {
  const clip = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) clip[i] = x[i]! - sigma * velocity[i]!;
  return clip;
}

/** `x + by * direction`. A new array. */
export function move(x: Float32Array, direction: Float32Array, by: number): Float32Array {
  const moved = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) moved[i] = x[i]! + by * direction[i]!;
  return moved;
}

/** `count` values from `first` to `last`, both included; `first` alone when one is asked for. */
export function evenly(first: number, last: number, count: number): number[] {
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? last : first + i * step));
}
