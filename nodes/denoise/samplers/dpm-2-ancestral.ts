import { renew } from '../ancestral';
import { combine } from '../combine';
import { foresee, move } from '../flow';
import type { Sampler } from '../sampling';
import { ends } from '../see';

/** DPM-Solver-2 down to a sigma below the next one, and up again by fresh noise (as Euler ancestral does). */
const dpm2Ancestral: Sampler = {
  name: 'dpm-2-ancestral',
  title: 'DPM2 ancestral',
  says: 'DPM2 with fresh noise at every step.',
  group: 'noisy',
  aliases: ['dpm_2_ancestral', 'DPM2 a', 'KDPM2AncestralDiscreteScheduler'],
  spacing: 'match-euler',
  calls: (steps) => 2 * steps - 1,
  renews: true,
  skipsOne: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const here = await at.velocity(x, sigma, at.timesteps[at.index]);
    const foreseen = foresee(x, here, sigma);
    const { down, keep, noise } = renew(at.process, [sigma, next], at.eta);
    if (next === 0 || down === 0) return { x: foreseen, foreseen };
    const middle = Math.sqrt(sigma * down);
    const there = await at.velocity(move(x, here, middle - sigma), middle);
    return {
      x: combine([
        [keep, x],
        [keep * (down - sigma), there],
        ...(noise > 0 ? ([[noise, at.noise(at.index)]] as const) : []),
      ]),
      foreseen,
    };
  },
};
export default dpm2Ancestral;
