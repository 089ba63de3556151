import { dpmppSde } from '../dpmpp-multistep';
import type { Sampler } from '../sampling';

/**
 * DPM-Solver++ multistep of order 3 (Lu et al. 2022, 2211.01095). It begins with steps of order 1 and 2; with fewer than 15
 * steps the last but one is of order 2 again, as in diffusers' DPMSolverMultistepScheduler with `solver_order` 3.
 */
const dpmpp3m: Sampler = {
  name: 'dpmpp-3m',
  title: 'DPM++ 3M',
  says: 'DPM++ 2M that looks two steps back. For weak guidance and 20 steps or more.',
  group: 'steady',
  spacing: 'dpm',
  calls: (steps) => steps,
  startsBelow: true,
  step(x, at) {
    const { length } = at.timesteps;
    const isLate = at.sigmas[length] === 0 && length < 15 && at.index === length - 2;
    return dpmppSde(x, { ...at, eta: 0 }, { order: isLate ? 2 : 3, bend: 'midpoint' });
  },
};
export default dpmpp3m;
