import sharp from 'sharp';
import type { FramesValue } from '../../nodes/values';
import { cutOf, type FilmPart } from './decode';
import { MediaError } from './media-error';
import { maxAnimationFrames } from './picture-look';
import { maxPicturePixels, paceOf, unreadable } from './pictures';

/** Pixels that are decoded at once: every reading begins at the first picture, so few large ones are better than many. */
const atOnce = 16_000_000;

/**
 * An animated WebP as frames, or a part of it, upright and in sRGB, transparency over black; read a handful at a time. ffmpeg
 * cannot open one. Its pictures may each have their own time: at its own rate, the mean, each comes once; at another, the one
 * that is on show at the time.
 *
 * @throws MediaError when it is none, is too large, or the wanted part lies outside of it.
 */
export async function openAnimation(
  file: string,
  part: Pick<FilmPart, 'fps' | 'start' | 'count'> = {},
): Promise<FramesValue> {
  const about = await sharp(file, { pages: 1, limitInputPixels: maxPicturePixels })
    .metadata()
    .catch((error: unknown) => Promise.reject(unreadable(error)));
  const { width, height, delay = [] } = about;
  const own = paceOf(about);
  if (own.frames > maxAnimationFrames)
    throw new MediaError('too-large', `This animation has ${own.frames} pictures; ${maxAnimationFrames} is the most.`);
  const fps = part.fps ?? own.fps;
  const isOwn = Math.abs(fps - own.fps) <= 0.001 * own.fps;
  const total = isOwn ? own.frames : Math.max(1, Math.round((own.frames / own.fps) * fps));
  const { start, count } = cutOf({ total, fps }, part);
  const pages = isOwn ? Array.from({ length: total }, (_, page) => page) : onShow(delay, { total, fps, own });
  const wanted = pages.slice(start, start + count);

  const some = Math.max(1, Math.floor(atOnce / (width * height)));
  const bytes = width * height * 3;
  async function* read() {
    let [from, to] = [0, 0];
    let frames = Buffer.alloc(0);
    for (const page of wanted) {
      if (page >= to) {
        [from, to] = [page, Math.min(page + some, wanted.at(-1)! + 1)];
        frames = await sharp(file, {
          page: from,
          pages: to - from,
          limitInputPixels: maxPicturePixels,
          failOn: 'error',
        })
          .flatten({ background: '#000' })
          .toColourspace('srgb')
          .removeAlpha()
          .raw({ depth: 'uchar' })
          .toBuffer()
          .catch((error: unknown) => Promise.reject(unreadable(error)));
      }
      yield Uint8Array.from(frames.subarray((page - from) * bytes, (page - from + 1) * bytes));
    }
  }
  return { kind: 'frames', width, height, count, fps, read };
}

/** For each frame at another rate the picture that is on show in its middle; `delay` in milliseconds, one per picture. */
function onShow(
  delay: readonly number[],
  { total, fps, own }: { total: number; fps: number; own: { frames: number; fps: number } },
): number[] {
  const pages: number[] = [];
  const isTold = delay.some((one) => one > 0);
  const lasts = (page: number) => (isTold ? (delay[page] ?? 0) / 1000 : 1 / own.fps);
  let page = 0;
  let end = lasts(0);
  for (let frame = 0; frame < total; frame++) {
    while (page < own.frames - 1 && (frame + 0.5) / fps >= end) end += lasts(++page);
    pages.push(page);
  }
  return pages;
}
