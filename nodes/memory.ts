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
  const short = shortage(card, clip, free);
  if (!short) return null;
  const next = short.smaller
    ? `Try ${short.smaller}.`
    : `Close other programs, or choose a smaller model than ${card.title}.`;
  return `${short.needs} and ${gigabytes(free)} GB are free. ${next}`;
}

/**
 * Why a clip does not fit onto a graphics card of so many bytes, with what would, as a sentence; null when it fits, or when
 * too little is known. `isHalf`: as the denoiser is to compute. Counted is what cannot be done without, so that nothing is
 * refused that would have run; a driver and the screen take some more.
 */
export function lackOnCard(
  card: ModelCard,
  clip: Facts,
  { bytes, isHalf }: { bytes: number; isHalf: boolean },
): string | null {
  const { memory } = card;
  if (!memory?.onCard) return null;
  const withWeights = (fixed: number): ModelCard => ({ ...card, memory: { ...memory, fixed } });
  const { exact, half } = memory.onCard;
  const short = shortage(withWeights(isHalf ? half : exact), clip, bytes);
  if (!short) return null;
  // Fewer bytes for the weights may be enough, or leave room for a shorter clip.
  const other = isHalf ? short : shortage(withWeights(half), clip, bytes);
  const ways = [
    ...(other === null ? ['half precision for the denoiser'] : []),
    ...(short.smaller ? [short.smaller] : []),
  ];
  const next = ways.length
    ? `Try ${ways.join(', or ')}.`
    : other?.smaller
      ? `Try half precision for the denoiser and ${other.smaller}.`
      : `Choose the device cpu for the denoiser in "More" of the model node, or a smaller model than ${card.title}.`;
  return `${short.needs} on the graphics card, which has ${gigabytes(bytes)} GB. ${next}`;
}

/** Why a text encoder does not fit onto a graphics card of so many bytes; null when it does, or when too little is known. */
export function encoderTooLarge(
  { title, text: { onCard } }: ModelCard,
  { bytes, isHalf }: { bytes: number; isHalf: boolean },
): string | null {
  const needed = isHalf ? onCard?.half : onCard?.exact;
  if (!onCard || needed === undefined || needed <= bytes) return null;
  const ways = `${onCard.half <= bytes ? 'half precision or ' : ''}the device cpu`;
  return `The text encoder of ${title} needs ${gigabytes(needed)} GB on the graphics card, which has ${gigabytes(bytes)} GB. Choose ${ways} for it in "More" of the model node.`;
}

/** By how much a clip is too large, in words; `smaller` is what would fit, and is empty where nothing would. */
function shortage(card: ModelCard, clip: Facts, room: number): { needs: string; smaller: string } | null {
  const { frames, height, width } = clip;
  if (typeof frames !== 'number' || typeof height !== 'number' || typeof width !== 'number') return null;
  const needed = denoisingBytes(card, { frames, height, width });
  if (needed === undefined || needed <= room) return null;
  const picturesIn = (latents: number) => (latents - 1) * card.latent.time + 1;
  const count = picturesIn(frames);
  const what = count === 1 ? 'A picture of this size needs' : `${count} frames need`;
  // Known: `needed` was made of it.
  const fixed = card.memory!.fixed;
  const fitting = Math.floor(((room - fixed) * frames) / (needed - fixed));
  const shorter = fitting < 1 ? '' : `${picturesIn(fitting)} ${fitting === 1 ? 'frame' : 'frames'} or `;
  return { needs: `${what} ${gigabytes(needed)} GB`, smaller: room <= fixed ? '' : `${shorter}a smaller size` };
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
