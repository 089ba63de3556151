import type { Sampler } from '../sampling';
import { unified } from '../unified';

/** UniPC of order 3 over ln sigma with B(h) = h (Zhao et al. 2023, 2302.04867), as ComfyUI has it. */
const unipcBh1: Sampler = {
  name: 'unipc-bh1',
  title: 'UniPC 3 bh1',
  says: "UniPC of order 3 with ComfyUI's clock. Quick to settle with few steps.",
  group: 'steady',
  aliases: ['uni_pc'],
  spacing: 'unipc',
  calls: (steps) => steps,
  skipsOne: true,
  step: (x, at) => unified(x, at, 'bh1'),
};
export default unipcBh1;
