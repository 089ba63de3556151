import { shifted } from '../flow';
import type { Schedule } from '../sampling';
import { exponentialBetween, finished } from '../spacing';

const exponential: Schedule = {
  name: 'exponential',
  title: 'Exponential',
  says: 'Each step cuts the noise by the same factor: most of the steps go into fine detail.',
  make: ({ steps, shift }) => finished(exponentialBetween(1, shifted(1 / 1000, shift), steps)),
};
export default exponential;
