import { combine } from '../combine';
import type { Sampler } from '../sampling';
import { ends, see } from '../see';

/** The integral of (ln r - ln c) / (ln b - ln c) over r, at r = t. */
const part = (t: number, b: number, c: number) => (t * (Math.log(t) - Math.log(c) - 1)) / (Math.log(b) - Math.log(c));

/**
 * DEIS of order 2 in its log-rho form: the noise is a straight line in ln rho, rho = sigma / data, and integrated exactly
 * (Zhang and Chen 2022, 2204.13902): `x'/data' = x/data + c1 noise + c2 noise before`. diffusers' DEISMultistepScheduler,
 * but for its end: that one leaves the last sigma's noise in the clip, this one finishes it.
 */
const deis2: Sampler = {
  name: 'deis-2',
  title: 'DEIS 2',
  says: 'Bends each stride by what the noise did before. As diffusers has it; made for 10 to 20 steps.',
  group: 'steady',
  aliases: ['DEISMultistepScheduler'],
  spacing: 'dpm',
  calls: (steps) => steps,
  async step(x, at) {
    const { index, process, state, sigmas } = at;
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    const noise = combine([
      [1 / sigma, x],
      [-process.data(sigma) / sigma, clip],
    ]);
    const before = state.arrays.before;
    state.arrays.before = noise;
    if (next === 0) return { x: clip, foreseen: clip };
    const rho = (s: number) => s / process.data(s);
    const [here, there] = [rho(sigma), rho(next)];
    const keep = process.data(next) / process.data(sigma);
    // diffusers: with fewer than 15 steps the last is of first order.
    const isLast = index === sigmas.length - 2 && sigmas.length - 1 < 15;
    if (!before || isLast) {
      const ahead = combine([
        [keep, x],
        [process.data(next) * (there - here), noise],
      ]);
      return { x: ahead, foreseen: clip };
    }
    const last = rho(sigmas[index - 1]!);
    const now = part(there, here, last) - part(here, here, last);
    const then = part(there, last, here) - part(here, last, here);
    return {
      x: combine([
        [keep, x],
        [process.data(next) * now, noise],
        [process.data(next) * then, before],
      ]),
      foreseen: clip,
    };
  },
};
export default deis2;
