import { renew, renewGrowing } from '../ancestral';
import { combine } from '../combine';
import type { Sampler, Stepping } from '../sampling';
import { ends, type Seen, see } from '../see';

/**
 * Euler down to a sigma below the next one, and up again by fresh noise (Song et al. 2020, 2010.02502, with eta 1). Flow
 * models renew as their shrinking data wants it.
 */
const eulerAncestral: Sampler = {
  name: 'euler-ancestral',
  title: 'Euler ancestral',
  says: 'Euler with fresh noise at every step: livelier, never the same at another number of steps.',
  group: 'noisy',
  aliases: ['euler_ancestral', 'Euler a', 'EulerAncestralDiscreteScheduler', 'LTXEulerAncestralRFScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  cfgpp: true,
  renews: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const seen = await see(x, at);
    if (next === 0) return { x: seen.clip, foreseen: seen.clip };
    if (at.cfgpp) return { x: stepFromAway(x, seen, at), foreseen: seen.clip };
    const { down, keep, noise } = renew(at.process, [sigma, next], at.eta);
    return {
      x: combine([
        [(keep * down) / sigma, x],
        [keep * (1 - down / sigma), seen.clip],
        ...(noise > 0 ? ([[noise, at.noise(at.index)]] as const) : []),
      ]),
      foreseen: seen.clip,
    };
  },
};
export default eulerAncestral;

/** CFG++: noise told without guidance, and renewed in the ratio of noise to data. */
function stepFromAway(x: Float32Array, { clip, away }: Seen, at: Stepping): Float32Array {
  const [sigma, next] = ends(at);
  const { data } = at.process;
  const { down, noise } = renewGrowing(sigma / data(sigma), next / data(next), at.eta);
  return combine([
    [data(next), clip],
    [(data(next) * down) / sigma, x],
    [(-data(next) * down * data(sigma)) / sigma, away],
    ...(noise > 0 ? ([[data(next) * noise, at.noise(at.index)]] as const) : []),
  ]);
}
