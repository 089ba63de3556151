import { combine } from '../combine';
import type { Sampler, Stepping } from '../sampling';
import { ends, see } from '../see';

/** Noise is renewed at these times of training. */
const stochastic = { from: 800, to: 200 };

/**
 * SA-Solver, predictor and corrector of order 2 over log-SNR (Xue et al. 2023, 2309.05019), as diffusers' SASolverScheduler:
 * the change of the clip weighs `h^2 / 2` where the exact integral would be less, in the predictor
 * `sigma'/sigma e^(-tau^2 h) x + data' (1 - e^(-(1 + tau^2) h)) clip + data' (1 + tau^2) h^2 / 2 (clip - before) / h_before +
 * sigma' sqrt(1 - e^(-2 tau^2 h)) noise`, and in the corrector, which takes the same noise, likewise.
 */
const saSolver2: Sampler = {
  name: 'sa-solver-2',
  title: 'SA-Solver 2',
  says: 'SA-Solver with one step of memory, as diffusers has it. Renews noise in the middle of the way.',
  group: 'noisy',
  aliases: ['SASolverScheduler'],
  spacing: 'dpm',
  calls: (steps) => steps,
  renews: true,
  startsBelow: true,
  async step(x, at) {
    const { index, sigmas, timesteps, state, process } = at;
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    const { before } = state.arrays;
    const from = before ? correct({ clip, before }, at) : x;
    state.arrays.before = clip;
    state.arrays.origin = from;
    delete state.arrays.noise;
    if (next === 0) return { x: clip, foreseen: clip };
    const time = timesteps[index]!;
    const tau = time <= stochastic.from && time >= stochastic.to ? at.eta : 0;
    state.numbers.tau = tau;
    if (tau > 0) state.arrays.noise = at.noise(index);
    const isLast = index === sigmas.length - 2;
    const h = process.logSnr(next) - process.logSnr(sigma);
    const change =
      before && !isLast
        ? { now: clip, past: before, by: h / (process.logSnr(sigma) - process.logSnr(sigmas[index - 1]!)) }
        : undefined;
    return { x: stride({ x: from, clip, change, ends: [sigma, next] }, at), foreseen: clip };
  },
};
export default saSolver2;

/** Redoes the step that led here with the clip that was foreseen at its end. */
function correct({ clip, before }: { clip: Float32Array; before: Float32Array }, at: Stepping): Float32Array {
  const between = [at.sigmas[at.index - 1]!, at.sigmas[at.index]!] as const;
  const change = { now: clip, past: before, by: 1 };
  return stride({ x: at.state.arrays.origin!, clip: before, change, ends: between }, at);
}

/** One step between two sigmas with the tau and the noise in the state; `by`: how many strides the change stands for. */
function stride(
  about: {
    x: Float32Array;
    clip: Float32Array;
    change: { now: Float32Array; past: Float32Array; by: number } | undefined;
    ends: readonly [sigma: number, next: number];
  },
  { process, state }: Stepping,
): Float32Array {
  const { x, clip, change, ends } = about;
  const [sigma, next] = ends;
  const square = (state.numbers.tau ?? 0) ** 2;
  const h = process.logSnr(next) - process.logSnr(sigma);
  const data = process.data(next);
  const bend = change ? (data * (1 + square) * h * change.by) / 2 : 0;
  const { noise } = state.arrays;
  return combine([
    [(next / sigma) * Math.exp(-square * h), x],
    [-data * Math.expm1(-(1 + square) * h), clip],
    ...(change
      ? ([
          [bend, change.now],
          [-bend, change.past],
        ] as const)
      : []),
    ...(noise ? ([[next * Math.sqrt(-Math.expm1(-2 * square * h)), noise]] as const) : []),
  ]);
}
