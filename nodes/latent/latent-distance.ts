import type { LatentValue } from '../values';

type Clip = Pick<LatentValue, 'space' | 'data' | 'shape'>;

/**
 * How far two latent clips are apart, one number for each latent frame: the root of the mean square difference over
 * channels and pixels. Latents have unit variance, so 0 is the same and about 1.4 are two that know nothing of each other.
 * Clips of different length are compared as far as both go. Throws a sentence when they cannot be compared.
 */
export function latentDistance(a: Clip, b: Clip): number[] {
  if (a.space !== b.space)
    throw new Error(`Their latents are of different kinds (${a.space} and ${b.space}), which have no distance.`);
  const [channels, framesA, height, width] = a.shape;
  const [channelsB, framesB, heightB, widthB] = b.shape;
  if (channels !== channelsB || height !== heightB || width !== widthB)
    throw new Error(
      `Their latents differ in size (${width} × ${height} and ${widthB} × ${heightB}), so they have no distance.`,
    );
  const area = height * width;
  return Array.from({ length: Math.min(framesA, framesB) }, (_, frame) => {
    let total = 0;
    for (let channel = 0; channel < channels; channel++) {
      const [atA, atB] = [(channel * framesA + frame) * area, (channel * framesB + frame) * area];
      for (let i = 0; i < area; i++) total += (a.data[atA + i]! - b.data[atB + i]!) ** 2;
    }
    return Math.sqrt(total / (channels * area));
  });
}
