import { renewGrowing } from '../ancestral';
import { combine } from '../combine';
import { logSnrOf } from '../exponential';
import type { Sampler, Stepping } from '../sampling';
import { ends, foreseeAt, see } from '../see';

/**
 * SDE-DPM-Solver++ of order 2 in one step (Lu et al. 2022, 2211.01095): down to the middle of the step in log-SNR and up by
 * fresh noise, a second look there, and the whole step by what it showed. Noise is renewed in the ratio of noise to data.
 */
const dpmppSde: Sampler = {
  name: 'dpmpp-sde',
  title: 'DPM++ SDE',
  says: 'Looks from the middle of each step, with fresh noise there and at its end. Strong with few steps, twice the work.',
  group: 'noisy',
  aliases: ['dpmpp_sde', 'DPM++ SDE', 'DPMSolverSDEScheduler'],
  spacing: 'dpm',
  calls: (steps) => 2 * steps - 1,
  renews: true,
  startsBelow: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const clock = logSnrOf(at.process);
    const middle = clock.sigma((clock.time(sigma) + clock.time(next)) / 2);
    const there = stage(x, clip, { at, to: middle, draw: 0 });
    const seen = await foreseeAt(there, middle, at);
    return { x: stage(x, seen, { at, to: next, draw: 1 }), foreseen: clip };
  },
};
export default dpmppSde;

/** From this step's x to a sigma further down, by the clip foreseen, with noise renewed. */
function stage(x: Float32Array, clip: Float32Array, about: { at: Stepping; to: number; draw: number }): Float32Array {
  const { at, to, draw } = about;
  const [sigma] = ends(at);
  const { data } = at.process;
  const ratio = sigma / data(sigma);
  const { down, noise } = renewGrowing(ratio, to / data(to), at.eta);
  return combine([
    [(data(to) * down) / sigma, x],
    [data(to) * (1 - down / ratio), clip],
    ...(noise > 0 ? ([[data(to) * noise, at.noise(at.index, draw, [sigma, to])]] as const) : []),
  ]);
}
