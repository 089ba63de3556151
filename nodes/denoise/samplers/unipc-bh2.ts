import type { Sampler } from '../sampling';
import { unified } from '../unified';

/** UniPC of order 3 over ln sigma with B(h) = e^h - 1 (Zhao et al. 2023, 2302.04867), as ComfyUI has it. */
const unipcBh2: Sampler = {
  name: 'unipc-bh2',
  title: 'UniPC 3 bh2',
  says: 'UniPC of order 3, weighed for longer strides.',
  group: 'steady',
  aliases: ['uni_pc_bh2'],
  spacing: 'unipc',
  calls: (steps) => steps,
  skipsOne: true,
  step: (x, at) => unified(x, at, 'bh2'),
};
export default unipcBh2;
