import type { Machine } from '../machine';
import type { FramesValue, LatentValue, ModelCard, ModelValue } from '../values';
import { repeated, slice } from '../video/frame-stream';
import { packPicture, pinSpaceOf } from './pictures';

/** Latents about to be held. */
export interface Piece {
  latent: LatentValue;
  /** Latent frames at its beginning that only led up to the rest. */
  skip: number;
}

/** Where pictures are to go, and what brings them there. */
interface Holding {
  atStart: boolean;
  /** It is to be shown beside the clip, beginning with a picture of its own. */
  asKeyframe: boolean;
  take: number | null;
  fit: 'cover' | 'contain' | 'fill';
  noise: LatentValue;
  model: ModelValue;
  ctx: Machine;
}

/**
 * Pictures as latents that fit their place. The first latent of any clip stands for one picture, the others for several,
 * hence away from the start the first is encoded and then left out; a still is held for one whole latent frame. Keyframes
 * keep theirs: it is the last picture of the latent frame before.
 */
export async function ofPictures(frames: FramesValue | undefined, about: Holding): Promise<Piece> {
  const { atStart, asKeyframe, take, model, ctx } = about;
  const vae = await ctx.models.vae(model);
  const { time } = vae.card.latent;
  const sized = toSize(frames, about);
  const whole = Math.floor((Math.min(take ?? sized.count, sized.count) - 1) / time) * time + 1;
  if (atStart) return { latent: await vae.encode(slice(sized, sized.count - whole, whole)), skip: 0 };
  if (asKeyframe) return { latent: await vae.encode(slice(sized, 0, whole)), skip: whole > 1 ? 1 : 0 };
  const moment = whole > 1 ? slice(sized, 0, whole) : repeated(sized, time + 1);
  return { latent: await vae.encode(moment), skip: 1 };
}

/** Frames in the size of the clip to come. */
function toSize(frames: FramesValue | undefined, { noise, model, fit, ctx }: Holding): FramesValue {
  if (!frames) throw new Error('Nothing is given to hold. Connect pictures to "Frames", or a latent to "Clip".');
  const { scale } = ctx.models.card(model).latent;
  const [width, height] = [noise.shape[3] * scale, noise.shape[2] * scale];
  if (frames.width === width && frames.height === height) return frames;
  return ctx.media.resize(frames, { width, height, fit });
}

/**
 * One picture, for models that encode known frames and all the others together: the nearest of those given. A latent
 * clip is decoded for it.
 */
export async function packed(
  given: { frames?: FramesValue | undefined; clip?: LatentValue | undefined },
  about: Holding & { card: ModelCard },
): Promise<Piece> {
  const { atStart, card, noise, model, ctx } = about;
  const pictures = given.clip ? (await ctx.models.vae(model)).decode(given.clip) : given.frames;
  const sized = toSize(pictures, about);
  const [, , height, width] = noise.shape;
  for await (const rgb of slice(sized, atStart ? sized.count - 1 : 0, 1).read()) {
    const piece = packPicture(rgb, { width, height, scale: card.latent.scale });
    return { latent: { kind: 'latent', space: pinSpaceOf(card), ...piece }, skip: 0 };
  }
  throw new Error('There is no picture in the frames to hold. Choose another file.');
}

/** Latents that fit their place, by the same rule. */
export function ofLatent(
  clip: LatentValue,
  about: { atStart: boolean; asKeyframe: boolean; take: number | null; time: number },
): Piece {
  const { atStart, asKeyframe, take, time } = about;
  if (!atStart && !asKeyframe && clip.shape[1] === 1)
    throw new Error(
      'A latent of one frame is a first picture, and belongs to the beginning. Connect the picture itself to "Frames" to hold it elsewhere.',
    );
  const frames = take === null ? clip.shape[1] : Math.min(clip.shape[1], Math.floor((take - 1) / time) + 1);
  const latent = leading(clip, Math.max(atStart || asKeyframe ? 1 : 2, frames));
  return { latent, skip: atStart || (asKeyframe && latent.shape[1] === 1) ? 0 : 1 };
}

/** The first `count` latent frames. A new value. */
function leading(clip: LatentValue, count: number): LatentValue {
  const [channels, frames, height, width] = clip.shape;
  const data = new Float32Array(channels * count * height * width);
  const plane = height * width;
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * frames * plane;
    data.set(clip.data.subarray(from, from + count * plane), channel * count * plane);
  }
  return { ...clip, data, shape: [channels, count, height, width], paused: undefined };
}
