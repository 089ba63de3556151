import { combine } from '../combine';
import { dpmSolver, evenStrides, lookBy } from '../runge-kutta';
import type { Sampler } from '../sampling';
import { ends } from '../see';

/** Orders of the strides that so many looks make: threes, and what is left. */
function ordersOf(looks: number): (1 | 2 | 3)[] {
  const strides = Math.floor(looks / 3) + 1;
  const rest = looks % 3;
  if (rest === 0) return [...Array<3>(strides - 2).fill(3), 2, 1];
  return [...Array<3>(strides - 1).fill(3), rest === 1 ? 1 : 2];
}

/**
 * DPM-Solver-fast (Lu et al. 2022, 2206.00927, section 3.4): as many looks as steps were asked for, in strides of order 3
 * that are even in ln sigma, with one look more for the end. The schedule gives only the two ends.
 */
const dpmFast: Sampler = {
  name: 'dpm-fast',
  title: 'DPM fast',
  says: 'Long strides of third order at a spacing of its own. For a quick look with few steps.',
  group: 'thorough',
  aliases: ['dpm_fast', 'DPM fast'],
  spacing: 'match-euler',
  calls: (steps) => (steps === 1 ? 1 : steps + 1),
  respace: (sigmas) => (sigmas.length < 3 ? sigmas : evenStrides(sigmas, Math.floor((sigmas.length - 1) / 3) + 1)),
  async step(x, at) {
    const [sigma, next] = ends(at);
    const look = lookBy(at);
    const order = next === 0 ? 1 : (ordersOf(at.asked)[at.index] ?? 1);
    const first = await look(x, sigma);
    const foreseen = combine([
      [1, x],
      [-sigma, first],
    ]);
    if (next === 0) return { x: foreseen, foreseen };
    const stride = await dpmSolver(x, { look, sigma, next, order, seen: [first] });
    return { x: stride.x, foreseen };
  },
};
export default dpmFast;
