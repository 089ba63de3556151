import sharp from 'sharp';
import type { FramesValue } from '../../nodes/values';
import { MediaError } from './media-error';
import { maxAnimationFrames } from './picture-look';
import { maxPicturePixels, unreadable } from './pictures';

/** Pixels that are decoded at once: every reading begins at the first picture, so few large ones are better than many. */
const atOnce = 16_000_000;

/**
 * An animated WebP as frames, upright and in sRGB, transparency over black; read a handful at a time. ffmpeg cannot open one.
 * Its pictures may each have their own time; the rate is that of the mean.
 *
 * @throws MediaError when it is none, or is too large.
 */
export async function openAnimation(file: string): Promise<FramesValue> {
  const about = await sharp(file, { pages: 1, limitInputPixels: maxPicturePixels })
    .metadata()
    .catch((error: unknown) => Promise.reject(unreadable(error)));
  const { width, height, pages: count = 1, delay = [] } = about;
  if (count > maxAnimationFrames)
    throw new MediaError('too-large', `This animation has ${count} pictures; ${maxAnimationFrames} is the most.`);
  const milliseconds = delay.reduce((sum, one) => sum + one, 0);
  const fps = milliseconds > 0 ? (1000 * count) / milliseconds : 10;
  const some = Math.max(1, Math.min(count, Math.floor(atOnce / (width * height))));
  async function* read() {
    for (let page = 0; page < count; page += some) {
      const pages = Math.min(some, count - page);
      const frames = await sharp(file, { page, pages, limitInputPixels: maxPicturePixels, failOn: 'error' })
        .flatten({ background: '#000' })
        .toColourspace('srgb')
        .removeAlpha()
        .raw({ depth: 'uchar' })
        .toBuffer()
        .catch((error: unknown) => Promise.reject(unreadable(error)));
      const bytes = width * height * 3;
      for (let at = 0; at < pages; at++) yield Uint8Array.from(frames.subarray(at * bytes, (at + 1) * bytes));
    }
  }
  return { kind: 'frames', width, height, count, fps, read };
}
