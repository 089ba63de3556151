import { dpmppSde } from '../dpmpp-multistep';
import type { Sampler } from '../sampling';

/** SDE-DPM-Solver++ multistep, order 2, midpoint (Lu et al. 2022, 2211.01095). With eta 0 it is the solver without noise. */
const dpmpp2mSde: Sampler = {
  name: 'dpmpp-2m-sde',
  title: 'DPM++ 2M SDE',
  says: 'DPM++ 2M with fresh noise at every step: rich in detail from 20 steps on.',
  group: 'noisy',
  aliases: ['dpmpp_2m_sde', 'DPM++ 2M SDE', 'CogVideoXDPMScheduler', 'CosineDPMSolverMultistepScheduler'],
  spacing: 'dpm',
  calls: (steps) => steps,
  renews: true,
  startsBelow: true,
  step: (x, at) => dpmppSde(x, at, { order: 2, bend: 'midpoint' }),
};
export default dpmpp2mSde;
