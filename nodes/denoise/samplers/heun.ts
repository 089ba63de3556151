import { foresee, move } from '../flow';
import type { Sampler } from '../sampling';

/**
 * Second order by the trapezoid: looks where Euler would land, then goes with the mean of both velocities. The stride to
 * sigma 0 is Euler's, since there is nothing left to look at. FlowMatchHeunDiscreteScheduler of diffusers.
 */
const heun: Sampler = {
  name: 'heun',
  title: 'Heun',
  says: 'Looks ahead and corrects each stride. Twice the work per step, and truer to the curve.',
  group: 'thorough',
  reverses: true,
  aliases: ['Heun', 'FlowMatchHeunDiscreteScheduler', 'HeunDiscreteScheduler'],
  spacing: 'match-euler',
  calls: (steps) => 2 * steps - 1,
  async step(x, at) {
    const sigma = at.sigmas[at.index]!;
    const next = at.sigmas[at.index + 1]!;
    const here = await at.velocity(x, sigma, at.timesteps[at.index]);
    const foreseen = foresee(x, here, sigma);
    const landed = move(x, here, next - sigma);
    if (next === 0) return { x: landed, foreseen };
    const there = await at.velocity(landed, next, at.timesteps[at.index + 1]);
    return { x: move(move(x, here, (next - sigma) / 2), there, (next - sigma) / 2), foreseen };
  },
};
export default heun;
