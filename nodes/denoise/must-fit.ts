import { pinChannelsOf, pinSpaceOf } from '../condition/pictures';
import type { Denoiser } from '../machine';
import type { LatentValue, PinsValue } from '../values';

/** What only shows when the values are there: files from elsewhere have no facts to check before. */
export function mustFit(
  noise: LatentValue,
  denoiser: Denoiser,
  others: { frames?: PinsValue; clip?: LatentValue },
): void {
  const { card } = denoiser;
  const { title, latent } = card;
  if (noise.space !== latent.space || noise.shape[0] !== latent.channels)
    throw new Error(
      `The noise is of the space "${noise.space}" with ${noise.shape[0]} channels, and ${title} works in "${latent.space}" with ${latent.channels}. Make the noise with the same model.`,
    );
  const [, ...size] = noise.shape;
  for (const [what, other, wanted] of [
    ['known frames', others.frames, { space: pinSpaceOf(card), shape: [pinChannelsOf(card), ...size] }],
    ['clip', others.clip, noise],
  ] as const)
    if (other && (other.space !== wanted.space || other.shape.join() !== wanted.shape.join()))
      throw new Error(
        `The ${what}: ${other.space} [${other.shape.join(', ')}], beside this noise: ${wanted.space} [${wanted.shape.join(', ')}]. Both must have the same space and size: [channels, frames, height, width].`,
      );
}
