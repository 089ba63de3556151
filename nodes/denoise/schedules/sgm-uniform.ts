import { evenly } from '../flow';
import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** Even times, one more than asked for without the last: the last step starts higher than `normal`'s. */
const sgmUniform: Schedule = {
  name: 'sgm-uniform',
  title: 'SGM uniform',
  says: 'Even times that stop short of the last sigma: longer last strides than Normal. Good with DPM++ and RES.',
  aliases: ['sgm_uniform', 'SGM Uniform'],
  make({ steps, process }) {
    const times = evenly(process.timestepOf(process.largest), process.timestepOf(process.smallest), steps + 1);
    return finished(times.slice(0, -1).map(process.sigmaOf), process);
  },
};
export default sgmUniform;
