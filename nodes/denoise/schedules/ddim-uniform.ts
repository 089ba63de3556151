import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/**
 * Every so-many-th sigma of the table counted from its clean end, whole strides as DDIM's authors took them: a number of
 * steps that does not divide 1000 gives one or more steps beyond what was asked for.
 */
const ddimUniform: Schedule = {
  name: 'ddim-uniform',
  title: 'DDIM uniform',
  says: 'Even strides through the training times, counted from the clean end. Starts below pure noise.',
  aliases: ['ddim_uniform', 'DDIM'],
  make({ steps, process }) {
    const stride = Math.max(1, Math.floor(process.table.length / steps));
    const sigmas: number[] = [];
    for (let i = 1; i < process.table.length; i += stride) sigmas.unshift(process.table[i]!);
    return finished(sigmas, process);
  },
};
export default ddimUniform;
