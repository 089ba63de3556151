import { combine } from '../combine';
import { foresee, move } from '../flow';
import type { Sampler } from '../sampling';
import { ends, see } from '../see';

/**
 * First order, straight along the velocity: `x + (sigma' - sigma) * v`, which is DDIM without its noise.
 * FlowMatchEulerDiscreteScheduler of diffusers. With CFG++ the noise is told without guidance:
 * `data' clip + sigma' (x - data clip without) / sigma`.
 */
const euler: Sampler = {
  name: 'euler',
  title: 'Euler',
  says: 'One straight stride per step. Plain and predictable; wants more steps than the others.',
  group: 'usual',
  place: 2,
  aliases: [
    'Euler',
    'FlowMatchEulerDiscreteScheduler',
    'EulerDiscreteScheduler',
    'EDMEulerScheduler',
    'ddim',
    'DDIM',
    'DDIMScheduler',
    'DDIMParallelScheduler',
    'DDIMInverseScheduler',
    'CogVideoXDDIMScheduler',
    'MiniMaxH3Scheduler',
  ],
  spacing: 'match-euler',
  calls: (steps) => steps,
  cfgpp: true,
  reverses: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    if (at.cfgpp) {
      const { clip, away } = await see(x, at);
      if (next === 0) return { x: clip, foreseen: clip };
      const { data } = at.process;
      return {
        x: combine([
          [data(next), clip],
          [next / sigma, x],
          [(-next / sigma) * data(sigma), away],
        ]),
        foreseen: clip,
      };
    }
    const velocity = await at.velocity(x, sigma, at.timesteps[at.index]);
    return { x: move(x, velocity, next - sigma), foreseen: foresee(x, velocity, sigma) };
  },
};
export default euler;
