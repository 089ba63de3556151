import { evenly, shifted } from '../flow';
import type { Schedule } from '../sampling';
import { finished } from '../spacing';

/** Sigmas that were taught one by one, by number of steps; they are not shifted again. FastWan's 1000, 757, 522. */
const taught: Readonly<Record<number, readonly number[]>> = { 3: [1, 0.757, 0.522] };

/** Other numbers of steps: even ones from pure noise on, shifted, as for Self-Forcing and the lightx2v LoRAs. */
const even = (steps: number, shift: number) => evenly(1, 1 / steps, steps).map((sigma) => shifted(sigma, shift));

const distilled: Schedule = {
  name: 'distilled',
  title: 'Distilled',
  says: 'For models distilled to a few steps: 3 are the very ones FastWan was taught, others are even and shifted.',
  make({ steps, process }) {
    if (process.name === 'flow') return finished(taught[steps] ?? even(steps, process.shift), process);
    const { length } = process.table;
    return finished(
      evenly(1, 1 / steps, steps).map((part) => process.table[Math.round(part * length) - 1]!),
      process,
    );
  },
};
export default distilled;
