import type { Schedule } from '../sampling';
import { exponentialBetween, finished } from '../spacing';

const exponential: Schedule = {
  name: 'exponential',
  title: 'Exponential',
  says: 'Each step cuts the noise by the same factor: most of the steps go into fine detail.',
  aliases: ['use_exponential_sigmas', 'use_lu_lambdas', 'Exponential'],
  make: ({ steps, process }) => finished(exponentialBetween(process.largest, process.smallest, steps), process),
};
export default exponential;
