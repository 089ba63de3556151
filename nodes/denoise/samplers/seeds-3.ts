import { combine, type Terms } from '../combine';
import { logSnrOf, phi2 } from '../exponential';
import type { Sampler } from '../sampling';
import { ends, foreseeAt, see } from '../see';
import { NoisePath } from '../stages';

/**
 * SEEDS-3 (Gonzalez et al. 2023, 2305.14267): a stochastic exponential Runge-Kutta method of three stages, at one and two
 * thirds of the step in log-SNR and at its end. Each later stage bends by what the one before it saw; the noise is one
 * path through all.
 */
const seeds3: Sampler = {
  name: 'seeds-3',
  title: 'SEEDS-3',
  says: 'Three looks per step, with noise that runs through all. The most exact of the noisy ones, and the slowest.',
  group: 'noisy',
  aliases: ['seeds_3'],
  spacing: 'dpm',
  calls: (steps) => 3 * steps - 2,
  renews: true,
  startsBelow: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const clock = logSnrOf(at.process);
    const [from, h] = [clock.time(sigma), clock.time(next) - clock.time(sigma)];
    const path = new NoisePath(at);
    /** To a part of the step; `bent` is a later look and how far into the step it was taken. */
    const stage = (part: number, bent?: { seen: Float32Array; at: number }) => {
      const to = part === 1 ? next : clock.sigma(from + part * h);
      const whole = part * h * (1 + at.eta);
      const bend = bent ? (part / bent.at) * whole * phi2(-whole) : 0;
      const noise = path.upTo(part * h, to);
      const terms: Terms = [
        [(to / sigma) * Math.exp(-part * h * at.eta), x],
        [at.process.data(to) * (-Math.expm1(-whole) - bend), clip],
        ...(bent ? ([[at.process.data(to) * bend, bent.seen]] as const) : []),
        ...(noise ? ([[to, noise]] as const) : []),
      ];
      return { x: combine(terms), to };
    };
    const first = stage(1 / 3);
    const second = stage(2 / 3, { seen: await foreseeAt(first.x, first.to, at), at: 1 / 3 });
    const last = stage(1, { seen: await foreseeAt(second.x, second.to, at), at: 2 / 3 });
    return { x: last.x, foreseen: clip };
  },
};
export default seeds3;
