import { linearQuadratic as curve } from '../own-spacing';
import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** The first half of the steps in the noisiest fortieth, the rest along a parabola (Movie Gen, 2410.13720). Not shifted. */
const linearQuadratic: Schedule = {
  name: 'linear-quadratic',
  title: 'Linear quadratic',
  says: 'Half of the steps while all is noise, for layout and motion, then ever longer ones. What LTX and Mochi take.',
  aliases: ['linear_quadratic'],
  make: ({ steps, process }) =>
    finished(
      curve(steps).map((sigma) => sigma * process.largest),
      process,
    ),
};
export default linearQuadratic;
