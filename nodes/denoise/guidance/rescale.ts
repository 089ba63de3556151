import { combine } from '../combine';
import type { Guidance } from '../guiding';

/**
 * Takes back the contrast that guidance added: the result is scaled to the spread of the wanted side, and mixed with what
 * it was, `rescale * v std(w) / std(v) + (1 - rescale) v` (Lin et al. 2023, 2305.08891, section 3.4).
 */
const rescale: Guidance = {
  name: 'rescale',
  title: 'Rescale',
  says: 'Changes what the guidance before it made: gives back some of the contrast, so that strong guidance looks natural.',
  asks: [],
  reads: ['rescale'],
  after(guided, { said: { wanted }, strengths }) {
    const spread = deviation(guided);
    const factor = spread > 0 ? deviation(wanted) / spread : 1;
    return combine([[strengths.rescale * factor + 1 - strengths.rescale, guided]]);
  },
};
export default rescale;

/** Standard deviation over all values, with the sample's n - 1 as torch has it. */
function deviation(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}
