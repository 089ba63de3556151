import { combine } from './combine';

/** What a network was taught to answer: the velocity of a flow, the noise, or `v` (Salimans and Ho 2022, 2202.00512). */
export type Prediction = 'flow' | 'epsilon' | 'v';

/** What the network is shown for an x at a sigma: x itself, or x at unit variance where noise grows over the data. */
export const shownTo = (prediction: Prediction, x: Float32Array, sigma: number): Float32Array =>
  prediction === 'flow' ? x : combine([[1 / Math.sqrt(sigma * sigma + 1), x]]);

/**
 * dx/dsigma from the network's answer at x: a flow's velocity and the noise are that already; of
 * `v = noise / sqrt(sigma^2 + 1) - clip * sigma / sqrt(sigma^2 + 1)` it is `x sigma / (sigma^2 + 1) + v / sqrt(sigma^2 + 1)`.
 */
export function velocityBy(
  prediction: Prediction,
  { answer, x, sigma }: { answer: Float32Array; x: Float32Array; sigma: number },
): Float32Array {
  if (prediction !== 'v') return answer;
  const square = sigma * sigma + 1;
  return combine([
    [sigma / square, x],
    [1 / Math.sqrt(square), answer],
  ]);
}
