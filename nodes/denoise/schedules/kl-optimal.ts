import { evenly } from '../flow';
import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** Sigmas whose arcs are even, `tan(a)`: they keep the divergence of the steps least (Sabour et al. 2024, 2404.14507, theorem 3.1). */
const klOptimal: Schedule = {
  name: 'kl-optimal',
  title: 'KL optimal',
  says: 'Spaced by the angle of noise against data, so that no step strays more than another.',
  aliases: ['kl_optimal', 'KL Optimal'],
  make: ({ steps, process }) =>
    finished(evenly(Math.atan(process.largest), Math.atan(process.smallest), steps).map(Math.tan), process),
};
export default klOptimal;
