import { dpmppSde } from '../dpmpp-multistep';
import type { Sampler } from '../sampling';

/** SDE-DPM-Solver++ multistep, order 3 (Lu et al. 2022, 2211.01095). With eta 0 it is the solver without noise. */
const dpmpp3mSde: Sampler = {
  name: 'dpmpp-3m-sde',
  title: 'DPM++ 3M SDE',
  says: 'Looks two steps back and adds fresh noise. For 25 steps and more.',
  group: 'noisy',
  aliases: ['dpmpp_3m_sde', 'DPM++ 3M SDE'],
  spacing: 'dpm',
  calls: (steps) => steps,
  renews: true,
  startsBelow: true,
  step: (x, at) => dpmppSde(x, at, { order: 3, bend: 'heun' }),
};
export default dpmpp3mSde;
