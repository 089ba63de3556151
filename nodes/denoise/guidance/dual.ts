import { combine } from '../combine';
import { type Guidance, led } from '../guiding';

/**
 * Two texts one after the other (Brooks et al. 2022, 2211.09800, eq. 3): `u + second (o - u) + s (w - o)`; the other text
 * sets the scene, the wanted one leads on from there.
 */
const dual: Guidance = {
  name: 'dual',
  title: 'Dual',
  says: 'Two wanted texts with a guidance each: the other sets the scene, the first leads on from it.',
  asks: ['unwanted', 'other'],
  reads: ['second'],
  lead({ said: { wanted, unwanted = wanted, other = unwanted }, strengths, shape }) {
    const scene = led({ from: unwanted, to: other }, { scale: strengths.second, lastScale: null, shape });
    const to = combine([
      [1, scene],
      [1, wanted],
      [-1, other],
    ]);
    return { from: scene, to };
  },
};
export default dual;
