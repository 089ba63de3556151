import { combine } from '../combine';
import { dpmSolver, evenStrides, lookBy } from '../runge-kutta';
import type { Sampler, Stepping } from '../sampling';
import { ends } from '../see';

/** Errors a stride may have, against the size of x and at least; the first stride, in ticks of ln sigma. */
const tolerance = { relative: 0.05, absolute: 0.0078 };
const firstStride = 0.05;
/** A stride is kept when the next may be at least this much of it. */
const acceptable = 0.81;

/**
 * DPM-Solver-23 (Lu et al. 2022, 2206.00927, appendix C.2): strides of third order, each as long as the difference from
 * second order allows. The steps of the list only divide the way for progress and checkpoints: strides go across them,
 * and where the solver stands lies in the state. The last one goes to the finished clip.
 */
const dpmAdaptive: Sampler = {
  name: 'dpm-adaptive',
  title: 'DPM adaptive',
  says: 'Chooses its own strides by the error they make. The number of steps only divides the progress.',
  group: 'thorough',
  aliases: ['dpm_adaptive', 'DPM adaptive'],
  spacing: 'match-euler',
  calls: (steps) => (steps === 1 ? 1 : null),
  respace: (sigmas) => (sigmas.length < 3 ? sigmas : evenStrides(sigmas, sigmas.length - 2)),
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { numbers } = at.state;
    if (next === 0) {
      const foreseen = combine([
        [1, x],
        [-sigma, await at.velocity(x, sigma)],
      ]);
      return { x: foreseen, foreseen };
    }
    const isLast = at.index === at.sigmas.length - 2 || at.sigmas[at.index + 2] === 0;
    let [here, clip] = [x, at.state.arrays.clip ?? x];
    // Where the list ends; until there no stride is cut short.
    const end = at.sigmas.at(-1) === 0 ? at.sigmas.at(-2)! : at.sigmas.at(-1)!;
    while ((numbers.ticks ?? -Math.log(sigma)) < -Math.log(isLast ? end : next) - 1e-5) {
      const done = await stride(here, { at, end, start: numbers.ticks ?? -Math.log(sigma) });
      [here, clip] = [done.x, done.clip];
    }
    at.state.arrays.clip = clip;
    return { x: here, foreseen: clip };
  },
};
export default dpmAdaptive;

/** Tries one stride; x stays where it is when its error is too large, and the next is shorter. */
async function stride(x: Float32Array, { at, start, end }: { at: Stepping; start: number; end: number }) {
  const { arrays, numbers } = at.state;
  const length = numbers.stride ?? firstStride;
  const ticks = Math.min(-Math.log(end), start + length);
  const [sigma, next] = [Math.exp(-start), Math.exp(-ticks)];
  const about = { look: lookBy(at), sigma, next };
  const low = await dpmSolver(x, { ...about, order: 2, first: 1 / 3 });
  const high = await dpmSolver(x, { ...about, order: 3, seen: low.seen });
  const factor = 1 + Math.atan((errorOf(low.x, high.x, arrays.low ?? x) + 1e-8) ** (-1 / 3) - 1);
  numbers.stride = length * factor;
  const clip = combine([
    [1, x],
    [-sigma, low.seen[0]!],
  ]);
  if (factor < acceptable) return { x, clip };
  arrays.low = low.x;
  numbers.ticks = ticks;
  return { x: high.x, clip };
}

/** Root mean square of the difference, in units of what is tolerated. */
function errorOf(low: Float32Array, high: Float32Array, before: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < low.length; i++) {
    const size = Math.max(Math.abs(low[i]!), Math.abs(before[i]!));
    sum += ((low[i]! - high[i]!) / Math.max(tolerance.absolute, tolerance.relative * size)) ** 2;
  }
  return Math.sqrt(sum / low.length);
}
