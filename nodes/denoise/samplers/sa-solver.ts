import type { Sampler } from '../sampling';
import { stochasticAdams } from '../stochastic-adams';

/** SA-Solver, predicting and correcting with one look per step (Xue et al. 2023, 2309.05019). */
const saSolver: Sampler = {
  name: 'sa-solver',
  title: 'SA-Solver',
  says: 'Predicts with three steps of memory, corrects with four, and renews noise in the middle of the way.',
  group: 'noisy',
  aliases: ['sa_solver'],
  spacing: 'dpm',
  calls: (steps) => steps,
  renews: true,
  startsBelow: true,
  step: (x, at) => stochasticAdams(x, at, { again: false }),
};
export default saSolver;
