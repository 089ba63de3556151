import { exponentialHeun } from '../exponential-heun';
import type { Sampler } from '../sampling';

/** The same with noise renewed on the way: `exp_heun_2_x0_sde` of ComfyUI. */
const expHeunSde: Sampler = {
  name: 'exp-heun-sde',
  title: 'Exponential Heun SDE',
  says: 'Exponential Heun that renews noise in every step.',
  group: 'noisy',
  aliases: ['exp_heun_2_x0_sde'],
  spacing: 'dpm',
  calls: (steps) => 2 * steps - 1,
  renews: true,
  startsBelow: true,
  step: (x, at) => exponentialHeun(x, at, at.eta),
};
export default expHeunSde;
