import type { Sampler } from '../sampling';
import { stochasticAdams } from '../stochastic-adams';

/** SA-Solver that looks again after it has corrected (Xue et al. 2023, 2309.05019). */
const saSolverPece: Sampler = {
  name: 'sa-solver-pece',
  title: 'SA-Solver PECE',
  says: 'SA-Solver that looks again after each correction. Twice the work.',
  group: 'noisy',
  aliases: ['sa_solver_pece'],
  spacing: 'dpm',
  calls: (steps) => 2 * steps - 1,
  renews: true,
  startsBelow: true,
  step: (x, at) => stochasticAdams(x, at, { again: true }),
};
export default saSolverPece;
