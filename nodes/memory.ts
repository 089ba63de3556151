import type { Facts, ModelCard } from './values';

/** The card of a denoiser that computes in eight bits: those weights lie in memory beside the file. */
export const withFastWeights = (card: ModelCard): ModelCard =>
  card.memory?.fast ? { ...card, memory: { ...card.memory, fixed: card.memory.fixed + card.memory.fast } } : card;

/** Bytes one call of a denoiser works with for a latent clip of this size; undefined when its card does not say. */
export function denoisingBytes(
  { memory, latent }: ModelCard,
  clip: { frames: number; height: number; width: number },
): number | undefined {
  if (!memory) return undefined;
  const side = latent.multiple / latent.scale;
  return memory.fixed + (memory.perToken * clip.frames * clip.height * clip.width) / side ** 2;
}

/**
 * Why a clip does not fit into so many free bytes, with the longest that would, as a sentence; null when it fits, or when
 * too little is known. `clip` are the facts of a latent.
 */
export function lackOfMemory(card: ModelCard, clip: Facts, free: number): string | null {
  const { frames, height, width } = clip;
  if (typeof frames !== 'number' || typeof height !== 'number' || typeof width !== 'number') return null;
  const needed = denoisingBytes(card, { frames, height, width });
  if (needed === undefined || needed <= free) return null;
  const picturesIn = (latents: number) => (latents - 1) * card.latent.time + 1;
  const count = picturesIn(frames);
  const what = count === 1 ? 'A picture of this size needs' : `${count} frames need`;
  const perFrame = (needed - card.memory!.fixed) / frames;
  const fitting = Math.floor((free - card.memory!.fixed) / perFrame);
  const next =
    free <= card.memory!.fixed
      ? `Close other programs, or choose a smaller model than ${card.title}.`
      : fitting < 1
        ? 'Try a smaller size.'
        : `Try ${picturesIn(fitting)} ${fitting === 1 ? 'frame' : 'frames'} or a smaller size.`;
  return `${what} ${gigabytes(needed)} GB and ${gigabytes(free)} GB are free. ${next}`;
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
