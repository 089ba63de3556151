import { dataShare, foresee, logSnr, noiseShare } from '../flow';
import type { Sampler } from '../sampling';

/**
 * DPM-Solver++ 2M, midpoint, in its flow form (Lu et al. 2022, 2211.01095): a multistep solver over log-SNR that remembers
 * the last foreseen clip. The first step, and the last when it ends in a finished clip, are of first order.
 */
const dpmpp2m: Sampler = {
  name: 'dpmpp-2m',
  title: 'DPM++ 2M',
  says: 'Remembers the step before and bends the stride by it. Good from about 15 steps.',
  aliases: ['dpmpp_2m', 'DPM++ 2M', 'DPMSolverMultistepScheduler', 'dpm++'],
  spacing: 'dpm',
  calls: (steps) => steps,
  async step(x, at) {
    const { index, sigmas, state } = at;
    const sigma = sigmas[index]!;
    const next = sigmas[index + 1]!;
    const foreseen = foresee(x, await at.velocity(x, sigma, at.timesteps[index]), sigma);
    const before = state.arrays.before;
    state.arrays.before = foreseen;
    if (next === 0) return { x: foreseen, foreseen };

    const h = logSnr(next) - logSnr(sigma);
    const pull = -dataShare(next) * Math.expm1(-h);
    const keep = noiseShare(next) / noiseShare(sigma);
    const bend = before ? (0.5 * h) / (logSnr(sigma) - logSnr(sigmas[index - 1]!)) : 0;
    const ahead = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const now = foreseen[i]!;
      ahead[i] = keep * x[i]! + pull * (now + (before ? bend * (now - before[i]!) : 0));
    }
    return { x: ahead, foreseen };
  },
};
export default dpmpp2m;
