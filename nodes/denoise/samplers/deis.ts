import { adamsBashforth, polynomialWeights } from '../adams-bashforth';
import type { Sampler } from '../sampling';

/** sigma^2 + 1 = e^(d t^2 / 2 + m t): the times of a variance-preserving process that spans sigmas 0.002 to 80 in 0.001 to 1. */
const [low, high] = [Math.log(0.002 ** 2 + 1), Math.log(80 ** 2 + 1)];
const d = (2 * (low / 0.001 - high)) / (0.001 - 1);
const m = high - d / 2;
const time = (sigma: number) => (Math.sqrt(m * m + 2 * d * Math.log(sigma * sigma + 1)) - m) / d;

const weights = polynomialWeights(time);

/**
 * DEIS of order 3 in its tAB form: Adams-Bashforth with polynomials in the time of a variance-preserving process (Zhang
 * and Chen 2022, 2204.13902). ComfyUI's `deis`.
 */
const deis: Sampler = {
  name: 'deis',
  title: 'DEIS',
  says: 'Follows the last three strides in the time the diffusion runs in. Clean with 10 to 20 steps.',
  group: 'steady',
  aliases: ['DEIS'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  step: (x, at) => adamsBashforth(x, at, { order: 3, weights }),
};
export default deis;
