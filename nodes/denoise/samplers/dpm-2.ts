import { foresee, move } from '../flow';
import type { Sampler } from '../sampling';
import { ends } from '../see';

/**
 * DPM-Solver-2: looks from the geometric middle of the step and goes by what it sees there (Lu et al. 2022, 2206.00927;
 * Karras et al. 2022, 2206.00364). KDPM2DiscreteScheduler of diffusers.
 */
const dpm2: Sampler = {
  name: 'dpm-2',
  title: 'DPM2',
  says: 'Looks from the middle of each stride. Twice the work of Euler for a much truer path.',
  group: 'thorough',
  aliases: ['dpm_2', 'DPM2', 'KDPM2DiscreteScheduler'],
  spacing: 'match-euler',
  calls: (steps) => 2 * steps - 1,
  skipsOne: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const here = await at.velocity(x, sigma, at.timesteps[at.index]);
    const foreseen = foresee(x, here, sigma);
    if (next === 0) return { x: foreseen, foreseen };
    const middle = Math.sqrt(sigma * next);
    const there = await at.velocity(move(x, here, middle - sigma), middle);
    return { x: move(x, there, next - sigma), foreseen };
  },
};
export default dpm2;
