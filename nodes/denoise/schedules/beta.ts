import type { Schedule } from '../sampling';
import { betaQuantile, finished } from '../spacing';

/** Quantiles of Beta(0.6, 0.6) on the table's index, repeats dropped (Lee et al. 2024, 2407.12173). ComfyUI's `beta`. */
const beta: Schedule = {
  name: 'beta',
  title: 'Beta',
  says: 'Small steps at both ends, for layout and for detail, and long ones between.',
  aliases: ['use_beta_sigmas'],
  make({ steps, process }) {
    const all = process.table;
    const indices = Array.from({ length: steps }, (_, i) =>
      halfEven(betaQuantile(1 - i / steps, 0.6) * (all.length - 1)),
    );
    return finished(
      indices.filter((index, i) => index !== indices[i - 1]).map((index) => all[index]!),
      process,
    );
  },
};
export default beta;

/** Rounds as numpy does: halves go to the even neighbour. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
