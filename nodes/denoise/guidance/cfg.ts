import type { Guidance } from '../sampling';

/** Classifier-free guidance: `u + s (w - u)` (Ho and Salimans 2022, 2207.12598). */
const cfg: Guidance = {
  name: 'cfg',
  title: 'CFG',
  says: 'Goes from what should be avoided towards what is wanted, and beyond it by the guidance.',
  mix({ wanted, unwanted, scale }) {
    const mixed = new Float32Array(wanted.length);
    for (let i = 0; i < mixed.length; i++) mixed[i] = unwanted[i]! + scale * (wanted[i]! - unwanted[i]!);
    return mixed;
  },
};
export default cfg;
