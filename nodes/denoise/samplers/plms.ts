import { adamsBashforth, evenWeights } from '../adams-bashforth';
import { foresee, move } from '../flow';
import { remember } from '../history';
import type { Sampler } from '../sampling';
import { ends } from '../see';

/**
 * Pseudo linear multistep without PNDM's costly beginning (Liu et al. 2022, 2202.09778): the first step is Heun's, the others
 * go by the last four slopes. The sampler of the first Stable Diffusion; diffusers' PNDMScheduler with `skip_prk_steps`.
 */
const plms: Sampler = {
  name: 'plms',
  title: 'PLMS',
  says: 'iPNDM whose first step looks twice. What the first Stable Diffusion came with.',
  group: 'steady',
  aliases: ['PLMS'],
  spacing: 'match-euler',
  calls: (steps) => steps + (steps > 1 ? 1 : 0),
  async step(x, at) {
    const [sigma, next] = ends(at);
    if (at.index > 0 || next === 0) return adamsBashforth(x, at, { order: 4, weights: evenWeights });
    const here = await at.velocity(x, sigma, at.timesteps[at.index]);
    const there = await at.velocity(move(x, here, next - sigma), next);
    remember(at.state, { name: 'slope', array: here, most: 4 });
    return { x: move(move(x, here, (next - sigma) / 2), there, (next - sigma) / 2), foreseen: foresee(x, here, sigma) };
  },
};
export default plms;
