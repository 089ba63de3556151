import { resMultistep } from '../res-multistep';
import type { Sampler } from '../sampling';

/** RES of second order as a multistep method (Zhang et al. 2023, 2308.02157), with noise renewed at every step. */
const resMultistepAncestral: Sampler = {
  name: 'res-multistep-ancestral',
  title: 'RES multistep ancestral',
  says: 'RES multistep with fresh noise at every step.',
  group: 'noisy',
  aliases: ['res_multistep_ancestral'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  cfgpp: true,
  renews: true,
  step: (x, at) => resMultistep(x, at, at.eta),
};
export default resMultistepAncestral;
