import { exponentialHeun } from '../exponential-heun';
import type { Sampler } from '../sampling';

/** Heun's two looks on the exponential clock of log-SNR: `exp_heun_2_x0` of ComfyUI. */
const expHeun: Sampler = {
  name: 'exp-heun',
  title: 'Exponential Heun',
  says: 'Two looks per step on the clock of DPM++. More exact than Heun where steps are long.',
  group: 'thorough',
  aliases: ['exp_heun_2_x0'],
  spacing: 'dpm',
  calls: (steps) => 2 * steps - 1,
  startsBelow: true,
  step: (x, at) => exponentialHeun(x, at, 0),
};
export default expHeun;
