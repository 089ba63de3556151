import { adamsBashforth, polynomialWeights } from '../adams-bashforth';
import type { Sampler } from '../sampling';

const weights = polynomialWeights((sigma) => sigma);

/** Linear multistep of order 4: Adams-Bashforth over sigma itself, on uneven steps (Katherine Crowson's k-diffusion). */
const lms: Sampler = {
  name: 'lms',
  title: 'LMS',
  says: 'Fits a curve through the last four strides and follows it. Smooth with many steps, wild with few.',
  group: 'steady',
  aliases: ['LMS', 'LMSDiscreteScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  step: (x, at) => adamsBashforth(x, at, { order: 4, weights }),
};
export default lms;
