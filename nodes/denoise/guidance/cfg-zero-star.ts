import { combine } from '../combine';
import { dot, type Guidance } from '../guiding';

/**
 * CFG-Zero* (Fan et al. 2025, 2503.18886): the unwanted side is scaled to where it fits the wanted one best,
 * `a = <w, u> / |u|^2`, then `a u + s (w - a u)`; the first steps, where a flow's velocity is least known, do not move.
 */
const cfgZeroStar: Guidance = {
  name: 'cfg-zero-star',
  title: 'CFG-Zero*',
  says: 'CFG that first fits the unwanted side to the wanted one. Made for flow models: calmer colours at high guidance.',
  asks: ['unwanted'],
  reads: ['zeroSteps'],
  lead({ said: { wanted, unwanted = wanted }, index, strengths }) {
    if (index < strengths.zeroSteps) {
      const still = new Float32Array(wanted.length);
      return { from: still, to: still };
    }
    const fit = dot(wanted, unwanted) / (dot(unwanted, unwanted) + 1e-8);
    return { from: combine([[fit, unwanted]]), to: wanted };
  },
};
export default cfgZeroStar;
