import type { LatentValue, PinsValue } from '../values';

/** Runs `each(start, end, frame)` over every known frame's stretch in every channel of a [C, T, H, W] array. */
export function overKnown(
  pins: Pick<PinsValue, 'shape' | 'known'>,
  each: (start: number, end: number, frame: number) => void,
): void {
  const [channels, frames, height, width] = pins.shape;
  const plane = height * width;
  for (let channel = 0; channel < channels; channel++)
    for (let frame = 0; frame < frames; frame++) {
      const start = (channel * frames + frame) * plane;
      if (pins.known[frame]) each(start, start + plane, frame);
    }
}

/**
 * What the network is shown: known frames in place of whatever the sampler has there. A known frame that claims to be at
 * time n is mixed with the clip's own noise, `(1 - n) * frame + n * noise`, so that the claim is true. A new array.
 */
export function shown(x: Float32Array, pins: PinsValue, noise: Pick<LatentValue, 'data'>): Float32Array {
  const seen = x.slice();
  overKnown(pins, (start, end, frame) => {
    const n = pins.noise[frame] ?? 0;
    for (let i = start; i < end; i++) seen[i] = (1 - n) * pins.data[i]! + n * noise.data[i]!;
  });
  return seen;
}

/** The clip with its known frames clean, as they were given. A new array. */
export function overwritten(x: Float32Array, pins: PinsValue): Float32Array {
  const clip = x.slice();
  overKnown(pins, (start, end) => clip.set(pins.data.subarray(start, end), start));
  return clip;
}

/** Times on the 0..1000 scale, one per latent frame: a known frame's own, the step's for the rest. */
export const timesOf = (pins: PinsValue, timestep: number): number[] =>
  Array.from({ length: pins.shape[1] }, (_, frame) => (pins.known[frame] ? 1000 * (pins.noise[frame] ?? 0) : timestep));
