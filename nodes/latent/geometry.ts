import type { ModelCard } from '../values';

/** Latent shape of a clip of `frames` pictures of `width` x `height`: [C, (F - 1) / time + 1, H / scale, W / scale]. */
export function latentShape(
  card: ModelCard,
  clip: { width: number; height: number; frames: number },
): [channels: number, frames: number, height: number, width: number] {
  const { channels, time, scale } = card.latent;
  return [channels, (clip.frames - 1) / time + 1, clip.height / scale, clip.width / scale];
}

/** Pictures in so many latent frames: the first stands for one, every other for `time`. */
export const picturesIn = (card: ModelCard, latentFrames: number) => (latentFrames - 1) * card.latent.time + 1;

/** The allowed values next to `value` among `offset + k * step`, smallest `least`: one or two of them. */
export function nearest(value: number, about: { step: number; offset: number; least: number }): number[] {
  const below = Math.floor((value - about.offset) / about.step) * about.step + about.offset;
  return [below, below + about.step].filter((near) => near >= about.least);
}

/** Which of width, height and frames this model cannot make, with the nearest values it can. Empty when all fit. */
export function sizeProblems(
  card: ModelCard,
  clip: { width: number; height: number; frames: number },
): { param: 'width' | 'height' | 'frames'; says: string }[] {
  const { multiple, time } = card.latent;
  const sides = (['width', 'height'] as const)
    .filter((side) => clip[side] % multiple !== 0)
    .map((param) => {
      const near = nearest(clip[param], { step: multiple, offset: 0, least: multiple }).join(' or ');
      const says = `${card.title} makes clips whose ${param} is a multiple of ${multiple}, and ${clip[param]} is none. Take ${near}.`;
      return { param, says };
    });
  if ((clip.frames - 1) % time === 0) return sides;
  const near = nearest(clip.frames, { step: time, offset: 1, least: 1 }).join(' or ');
  const says = `${card.title} makes clips of ${time}k + 1 frames, and ${clip.frames} is none of these. Take ${near}.`;
  return [...sides, { param: 'frames', says }];
}

/** What is to be expected of a size or length the model was not trained on; undefined where it was, or says nothing about it. */
export function untrained(
  card: ModelCard,
  clip: { width: number; height: number; frames: number },
): string | undefined {
  if (!card.trained) return undefined;
  const { sizes, frames, otherSizes, otherFrames } = card.trained;
  const notes: string[] = [];
  if (!sizes.some(([width, height]) => width === clip.width && height === clip.height))
    notes.push(`Trained on ${sizes.map(([width, height]) => `${width} x ${height}`).join(' or ')}: ${otherSizes}.`);
  if (!frames.includes(clip.frames)) notes.push(`Trained on ${frames.join(' or ')} frames: ${otherFrames}.`);
  return notes.join(' ') || undefined;
}
