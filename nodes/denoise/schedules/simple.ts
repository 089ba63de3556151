import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** Every so-many-th sigma of the table, from the noisy end. ComfyUI's `simple`. */
const simple: Schedule = {
  name: 'simple',
  title: 'Simple',
  says: 'Even steps in time from pure noise. What ComfyUI users mostly take for Wan.',
  make({ steps, process }) {
    const all = process.table;
    return finished(
      Array.from({ length: steps }, (_, j) => all[all.length - 1 - Math.floor((j * all.length) / steps)]!),
      process,
    );
  },
};
export default simple;
