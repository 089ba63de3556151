import { renewGrowing } from '../ancestral';
import { combine } from '../combine';
import type { Sampler } from '../sampling';
import { ends, see } from '../see';

/**
 * The sampler of the first paper (Ho et al. 2020, 2006.11239, algorithm 2), over any sigmas: what its posterior keeps and
 * adds is, written for noise that grows over the data, the renewal of all there is to renew.
 */
const ddpm: Sampler = {
  name: 'ddpm',
  title: 'DDPM',
  says: 'The first of them all: small strides, each with fresh noise. Wants many steps.',
  group: 'noisy',
  aliases: ['DDPM', 'DDPMScheduler', 'DDPMParallelScheduler', 'UnCLIPScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const { down, noise } = renewGrowing(sigma, next, 1);
    return {
      x: combine([
        [down / sigma, x],
        [1 - down / sigma, clip],
        [noise, at.noise(at.index)],
      ]),
      foreseen: clip,
    };
  },
};
export default ddpm;
