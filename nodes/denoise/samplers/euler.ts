import { foresee, move } from '../flow';
import type { Sampler } from '../sampling';

/** First order, straight along the velocity: `x + (sigma' - sigma) * v`. FlowMatchEulerDiscreteScheduler of diffusers. */
const euler: Sampler = {
  name: 'euler',
  title: 'Euler',
  says: 'One straight stride per step. Plain and predictable; wants more steps than the others.',
  aliases: ['Euler', 'FlowMatchEulerDiscreteScheduler', 'EulerDiscreteScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  async step(x, at) {
    const sigma = at.sigmas[at.index]!;
    const velocity = await at.velocity(x, sigma, at.timesteps[at.index]);
    return { x: move(x, velocity, at.sigmas[at.index + 1]! - sigma), foreseen: foresee(x, velocity, sigma) };
  },
};
export default euler;
