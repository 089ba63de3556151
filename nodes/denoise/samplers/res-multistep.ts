import { resMultistep as step } from '../res-multistep';
import type { Sampler } from '../sampling';

/** RES of second order as a multistep method, without noise (Zhang et al. 2023, 2308.02157). */
const resMultistep: Sampler = {
  name: 'res-multistep',
  title: 'RES multistep',
  says: 'A refined exponential solver that looks one step back: smooth and exact with 15 to 30 steps.',
  group: 'usual',
  place: 5,
  aliases: ['res_multistep'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  cfgpp: true,
  step: (x, at) => step(x, at, 0),
};
export default resMultistep;
