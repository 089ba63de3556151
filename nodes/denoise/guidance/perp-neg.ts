import { combine } from '../combine';
import { dot, type Guidance, less } from '../guiding';

/**
 * Perp-neg (Armandpour et al. 2023, 2304.04968): of what is unwanted only the part across what is wanted is taken away, so
 * that the two never fight: `e + s ((w - e) - second * across)`, e under the empty text, `across` the part of (u - e) at
 * right angles to (w - e).
 */
const perpNeg: Guidance = {
  name: 'perp-neg',
  title: 'Perp-neg',
  says: 'Takes away only that of the unwanted which the wanted has no part in. Needs an empty text as the other one.',
  asks: ['unwanted', 'other'],
  reads: ['second'],
  lead({ said: { wanted, unwanted = wanted, other = unwanted }, strengths }) {
    const towards = less(wanted, other);
    const from = less(unwanted, other);
    const size = dot(towards, towards);
    const along = size > 0 ? dot(from, towards) / size : 0;
    const to = combine([
      [1, other],
      [1 + strengths.second * along, towards],
      [-strengths.second, from],
    ]);
    return { from: other, to };
  },
};
export default perpNeg;
