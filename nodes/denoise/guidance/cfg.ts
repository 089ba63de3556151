import type { Guidance } from '../guiding';

/** Classifier-free guidance: `u + s (w - u)` (Ho and Salimans 2022, 2207.12598). */
const cfg: Guidance = {
  name: 'cfg',
  title: 'CFG',
  says: 'Goes from what should be avoided towards what is wanted, and beyond it by the guidance.',
  asks: ['unwanted'],
  restsAtOne: true,
  reads: [],
  lead: ({ said: { wanted, unwanted = wanted } }) => ({ from: unwanted, to: wanted }),
};
export default cfg;
