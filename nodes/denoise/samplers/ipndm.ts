import { adamsBashforth, evenWeights } from '../adams-bashforth';
import type { Sampler } from '../sampling';

/** Improved pseudo linear multistep of order 4: weights of even steps, whatever the steps (Zhang and Chen 2022, 2204.13902). */
const ipndm: Sampler = {
  name: 'ipndm',
  title: 'iPNDM',
  says: 'Goes by the last four strides as if all were equally long. Good with evenly spaced schedules.',
  group: 'steady',
  aliases: ['IPNDMScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  step: (x, at) => adamsBashforth(x, at, { order: 4, weights: evenWeights }),
};
export default ipndm;
