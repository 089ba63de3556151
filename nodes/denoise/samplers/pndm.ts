import { adamsBashforth, evenWeights } from '../adams-bashforth';
import { combine } from '../combine';
import { foresee, move } from '../flow';
import { remember } from '../history';
import type { Process } from '../process';
import type { Sampler } from '../sampling';
import { ends } from '../see';

const warmUp = 3;

/**
 * Pseudo numerical methods (Liu et al. 2022, 2202.09778, F-PNDM): three steps of Runge-Kutta's fourth order, looking twice at
 * the middle time, then Adams and Bashforth's with the weights of even steps. Their transfer from one time to another is
 * `x + (sigma' - sigma) slope` in terms of sigmas. diffusers' PNDMScheduler.
 */
const pndm: Sampler = {
  name: 'pndm',
  title: 'PNDM',
  says: 'Four looks at each of the first three steps, then iPNDM. Good with evenly spaced schedules.',
  group: 'steady',
  aliases: ['PNDMScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps + 3 * Math.min(warmUp, Math.max(0, steps - 1)),
  async step(x, at) {
    const [sigma, next] = ends(at);
    if (at.index >= warmUp || next === 0) return adamsBashforth(x, at, { order: 4, weights: evenWeights });
    const middle = halfway(at.process, sigma, next);
    const first = await at.velocity(x, sigma, at.timesteps[at.index]);
    const second = await at.velocity(move(x, first, middle - sigma), middle);
    const third = await at.velocity(move(x, second, middle - sigma), middle);
    const fourth = await at.velocity(move(x, third, next - sigma), next);
    remember(at.state, { name: 'slope', array: first, most: 4 });
    const part = (next - sigma) / 6;
    return {
      x: combine([
        [1, x],
        [part, first],
        [2 * part, second],
        [2 * part, third],
        [part, fourth],
      ]),
      foreseen: foresee(x, first, sigma),
    };
  },
};
export default pndm;

/** The sigma in the middle of the time that the network is told. */
const halfway = (process: Process, sigma: number, next: number): number =>
  process.name === 'flow'
    ? (sigma + next) / 2
    : process.sigmaOf((process.timestepOf(sigma) + process.timestepOf(next)) / 2);
