import { dpmppSde } from '../dpmpp-multistep';
import type { Sampler } from '../sampling';

/** SDE-DPM-Solver++ multistep, order 2, the change weighed over the whole stride (Lu et al. 2022, 2211.01095). With eta 0 it is the solver without noise. */
const dpmpp2mSdeHeun: Sampler = {
  name: 'dpmpp-2m-sde-heun',
  title: 'DPM++ 2M SDE Heun',
  says: 'DPM++ 2M SDE that weighs the bend over the whole stride.',
  group: 'noisy',
  aliases: ['dpmpp_2m_sde_heun', 'DPM++ 2M SDE Heun'],
  spacing: 'dpm',
  calls: (steps) => steps,
  renews: true,
  startsBelow: true,
  step: (x, at) => dpmppSde(x, at, { order: 2, bend: 'heun' }),
};
export default dpmpp2mSdeHeun;
