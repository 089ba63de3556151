import { combine } from '../combine';
import { foresee } from '../flow';
import { dot, type Guidance, less } from '../guiding';

/**
 * Adaptive projected guidance (Sadat et al. 2024, 2410.02416), told in foreseen clips: the direction from the unwanted clip
 * to the wanted one lives on from step to step by `momentum`, is cut to the length `longest`, and of its part along the
 * wanted clip, which only burns colours, `along` is kept: `w + (s - 1) (across + along * parallel)`. Norms and projection
 * are those of each frame over its channels.
 */
const apg: Guidance = {
  name: 'apg',
  title: 'APG',
  says: 'Guidance without the part that burns colours, so that it may be strong: 8 to 15.',
  asks: ['unwanted'],
  restsAtOne: true,
  reads: ['along', 'momentum', 'longest'],
  lead({ said: { wanted, unwanted = wanted }, x, sigma, shape, strengths, state }) {
    const clip = foresee(x, wanted, sigma);
    let direction = less(clip, foresee(x, unwanted, sigma));
    const before = state.arrays['apg.direction'];
    if (strengths.momentum !== 0) {
      if (before)
        direction = combine([
          [1, direction],
          [strengths.momentum, before],
        ]);
      state.arrays['apg.direction'] = direction;
    }
    const [channels, frames, height, width] = shape;
    const plane = height * width;
    const kept = direction.slice();
    for (let frame = 0; frame < frames; frame++) {
      const at = { frame, frames, channels, plane };
      const length = Math.sqrt(overFrame(direction, direction, at));
      const cut = strengths.longest > 0 && length > strengths.longest ? strengths.longest / length : 1;
      const share = overFrame(clip, clip, at);
      const parallel = share > 0 ? (cut * overFrame(direction, clip, at)) / share : 0;
      for (let channel = 0; channel < channels; channel++) {
        const start = (channel * frames + frame) * plane;
        for (let i = start; i < start + plane; i++)
          kept[i] = cut * direction[i]! - (1 - strengths.along) * parallel * clip[i]!;
      }
    }
    // A clip further by d is a velocity less by d / sigma.
    const turned = combine([[sigma > 0 ? -1 / sigma : 0, kept]]);
    return { from: less(wanted, turned), to: wanted };
  },
};
export default apg;

/** Sum of products over one frame in all channels of a [C, T, H, W] array. */
function overFrame(
  a: Float32Array,
  b: Float32Array,
  at: { frame: number; frames: number; channels: number; plane: number },
): number {
  if (at.frames === 1) return dot(a, b);
  let sum = 0;
  for (let channel = 0; channel < at.channels; channel++) {
    const start = (channel * at.frames + at.frame) * at.plane;
    for (let i = start; i < start + at.plane; i++) sum += a[i]! * b[i]!;
  }
  return sum;
}
