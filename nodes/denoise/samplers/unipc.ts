import { combine } from '../combine';
import { foresee } from '../flow';
import type { Sampler, Stepping } from '../sampling';

/** From x at sigmas[index] to sigmas[index + 1], by the clip foreseen now and, at order 2, the one foreseen before. */
function predict(x: Float32Array, now: Float32Array, at: Stepping, order: number): Float32Array {
  const { data, noise, logSnr } = at.process;
  const sigma = at.sigmas[at.index]!;
  const next = at.sigmas[at.index + 1]!;
  if (next === 0) return now;
  const h = logSnr(next) - logSnr(sigma);
  const pull = -data(next) * Math.expm1(-h);
  const keep = noise(next) / noise(sigma);
  const before = at.state.arrays.before1;
  if (order < 2 || !before)
    return combine([
      [keep, x],
      [pull, now],
    ]);
  const bend = (0.5 * h) / (logSnr(sigma) - logSnr(at.sigmas[at.index - 1]!));
  return combine([
    [keep, x],
    [pull * (1 + bend), now],
    [-pull * bend, before],
  ]);
}

/** Redoes the step that led here, now that the network has spoken at its end too (UniC, B(h) = e^-h - 1). */
function correct(now: Float32Array, at: Stepping): Float32Array {
  const { before1, before2, origin } = at.state.arrays as {
    before1: Float32Array;
    before2?: Float32Array;
    origin: Float32Array;
  };
  const { data, noise, logSnr } = at.process;
  const start = at.sigmas[at.index - 1]!;
  const sigma = at.sigmas[at.index]!;
  const h = logSnr(sigma) - logSnr(start);
  const eta = Math.expm1(-h);
  const pull = -data(sigma) * eta;
  const keep = noise(sigma) / noise(start);
  if (at.state.numbers.order !== 2 || !before2)
    return combine([
      [keep, origin],
      [pull * 0.5, before1],
      [pull * 0.5, now],
    ]);
  const r = (logSnr(at.sigmas[at.index - 2]!) - logSnr(start)) / h;
  const phi1 = eta / -h - 1;
  const phi2 = phi1 / -h - 0.5;
  const b1 = phi1 / eta;
  const b2 = (2 * phi2) / eta;
  const rho1 = (b1 - b2) / (1 - r);
  const rho2 = b1 - rho1;
  return combine([
    [keep, origin],
    [pull * (1 - rho1 / r - rho2), before1],
    [(pull * rho1) / r, before2],
    [pull * rho2, now],
  ]);
}

/**
 * UniPC, order 2, bh2 (Zhao et al. 2023, 2302.04867): predictor and corrector over log-SNR with one call
 * of the network per step. What Wan checkpoints ship with; agrees with diffusers' UniPCMultistepScheduler.
 */
const unipc: Sampler = {
  name: 'unipc',
  title: 'UniPC',
  says: 'Predicts, then corrects itself for free with what the next step sees. The best choice for few steps.',
  group: 'usual',
  place: 1,
  aliases: ['UniPC', 'UniPCMultistepScheduler'],
  spacing: 'unipc',
  calls: (steps) => steps,
  async step(x, at) {
    const { index, sigmas, state } = at;
    const sigma = sigmas[index]!;
    const now = foresee(x, await at.velocity(x, sigma, at.timesteps[index]), sigma);
    const done = state.numbers.done ?? 0;
    const from = done > 0 ? correct(now, at) : x;
    const order = Math.min(2, sigmas.length - 1 - index, done + 1);
    const ahead = predict(from, now, at, order);
    const { before1 } = state.arrays;
    if (before1) state.arrays.before2 = before1;
    state.arrays.before1 = now;
    state.arrays.origin = from;
    state.numbers.order = order;
    state.numbers.done = done + 1;
    return { x: ahead, foreseen: now };
  },
};
export default unipc;
