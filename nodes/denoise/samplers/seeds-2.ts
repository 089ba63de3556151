import { combine } from '../combine';
import { logSnrOf } from '../exponential';
import type { Sampler, Stepping } from '../sampling';
import { ends, foreseeAt, see } from '../see';
import { NoisePath } from '../stages';

/**
 * SEEDS-2 (Gonzalez et al. 2023, 2305.14267): a stochastic exponential solver of two stages, at half the step in log-SNR
 * and at its end: `x' = sigma'/sigma e^(-eta h) x + data' (1 - e^(-(1 + eta) h)) clip + sigma' noise`, the noise one path
 * through both stages.
 */
const seeds2: Sampler = {
  name: 'seeds-2',
  title: 'SEEDS-2',
  says: 'Two looks per step, with noise that runs through both. Steady detail from 10 steps on.',
  group: 'noisy',
  aliases: ['seeds_2'],
  spacing: 'dpm',
  calls: (steps) => 2 * steps - 1,
  renews: true,
  startsBelow: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const clock = logSnrOf(at.process);
    const [from, h] = [clock.time(sigma), clock.time(next) - clock.time(sigma)];
    const path = new NoisePath(at);
    const middle = clock.sigma(from + h / 2);
    const seen = await foreseeAt(stage(x, clip, { at, to: middle, ticks: h / 2, path }), middle, at);
    return { x: stage(x, seen, { at, to: next, ticks: h, path }), foreseen: clip };
  },
};
export default seeds2;

function stage(
  x: Float32Array,
  clip: Float32Array,
  about: { at: Stepping; to: number; ticks: number; path: NoisePath },
): Float32Array {
  const { at, to, ticks, path } = about;
  const noise = path.upTo(ticks, to);
  return combine([
    [(to / ends(at)[0]) * Math.exp(-ticks * at.eta), x],
    [-at.process.data(to) * Math.expm1(-ticks * (1 + at.eta)), clip],
    ...(noise ? ([[to, noise]] as const) : []),
  ]);
}
