import { evenly } from '../flow';
import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** Even times from the noisiest to the smallest sigma's, both included. On flow models the shift acts twice on the last. */
const normal: Schedule = {
  name: 'normal',
  title: 'Normal',
  says: 'Even times from the first to the very last sigma the model knows.',
  aliases: ['Automatic'],
  make({ steps, process }) {
    const times = evenly(process.timestepOf(process.largest), process.timestepOf(process.smallest), steps);
    return finished(times.map(process.sigmaOf), process);
  },
};
export default normal;
