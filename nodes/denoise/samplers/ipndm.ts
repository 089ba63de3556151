import { adamsBashforth } from '../adams-bashforth';
import type { Sampler } from '../sampling';

/** Adams-Bashforth weights of even steps, newest first, by order. */
const even: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/** Improved pseudo linear multistep of order 4: weights of even steps, whatever the steps (Zhang and Chen 2022, 2204.13902). */
const ipndm: Sampler = {
  name: 'ipndm',
  title: 'iPNDM',
  says: 'Goes by the last four strides as if all were equally long. Good with evenly spaced schedules.',
  group: 'steady',
  aliases: ['IPNDMScheduler', 'PNDMScheduler', 'PLMS'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  step: (x, at) =>
    adamsBashforth(x, at, {
      order: 4,
      weights: (sigmas, next) => even[sigmas.length - 1]!.map((weight) => weight * (next - sigmas[0]!)),
    }),
};
export default ipndm;
