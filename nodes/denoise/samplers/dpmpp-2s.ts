import { combine } from '../combine';
import type { Sampler } from '../sampling';
import { ends, see } from '../see';

/**
 * DPM-Solver++ 2S (Lu et al. 2022, 2211.01095, algorithm 1), steps in pairs: the first is of first order and shows what
 * lies in the middle, the second goes the whole way again from where the pair began, by both looks: `s'/s x - data' (e^-h -
 * 1) (clip + (middle - clip) / (2 r))`, over log-SNR. diffusers' DPMSolverSinglestepScheduler of order 2.
 */
const dpmpp2s: Sampler = {
  name: 'dpmpp-2s',
  title: 'DPM++ 2S',
  says: 'Steps in pairs: a look ahead, then the whole way by both looks. Steadier than 2M under strong guidance.',
  group: 'steady',
  aliases: ['DPMSolverSinglestepScheduler', 'DPM++ 2S'],
  spacing: 'dpm',
  calls: (steps) => steps,
  startsBelow: true,
  async step(x, at) {
    const { state, process, sigmas, index } = at;
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const { origin, before } = state.arrays;
    const isSecond = index % 2 === 1 && origin !== undefined && before !== undefined;
    const [start, from, first] = isSecond ? [sigmas[index - 1]!, origin, before] : [sigma, x, clip];
    if (isSecond) {
      delete state.arrays.origin;
      delete state.arrays.before;
    } else {
      state.arrays.origin = x;
      state.arrays.before = clip;
    }
    const time = process.logSnr;
    const h = time(next) - time(start);
    const pull = -process.data(next) * Math.expm1(-h);
    const bend = isSecond ? h / (2 * (time(sigma) - time(start))) : 0;
    return {
      x: combine([
        [process.noise(next) / process.noise(start), from],
        [pull * (1 - bend), first],
        [pull * bend, clip],
      ]),
      foreseen: clip,
    };
  },
};
export default dpmpp2s;
