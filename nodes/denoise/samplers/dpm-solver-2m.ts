import { combine } from '../combine';
import type { Sampler } from '../sampling';
import { ends, see } from '../see';

/**
 * DPM-Solver multistep of order 2, midpoint (Lu et al. 2022, 2206.00927): what DPM-Solver++ does with the clip as foreseen,
 * this does with the noise: `x' = data'/data x - sigma' (e^h - 1) (noise + h / (2 h_before) (noise - noise before))`, over
 * log-SNR. diffusers' DPMSolverMultistepScheduler with `algorithm_type` dpmsolver.
 */
const dpmSolver2m: Sampler = {
  name: 'dpm-solver-2m',
  title: 'DPM-Solver 2M',
  says: 'Follows the noise where DPM++ 2M follows the clip. For weak guidance; DPM++ is steadier.',
  group: 'steady',
  spacing: 'dpm',
  calls: (steps) => steps,
  startsBelow: true,
  async step(x, at) {
    const { process, state, sigmas, index } = at;
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    const noise = combine([
      [1 / sigma, x],
      [-process.data(sigma) / sigma, clip],
    ]);
    const { before } = state.arrays;
    state.arrays.before = noise;
    if (next === 0) return { x: clip, foreseen: clip };
    const time = process.logSnr;
    const h = time(next) - time(sigma);
    const push = -next * Math.expm1(h);
    const bend = before ? h / (2 * (time(sigma) - time(sigmas[index - 1]!))) : 0;
    return {
      x: combine([
        [process.data(next) / process.data(sigma), x],
        [push * (1 + bend), noise],
        ...(before ? ([[-push * bend, before]] as const) : []),
      ]),
      foreseen: clip,
    };
  },
};
export default dpmSolver2m;
