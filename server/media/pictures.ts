import sharp from 'sharp';
import type { FramesValue } from '../../nodes/values';
import { MediaError } from './media-error';
import { exif, tagPng } from './tags';

// Only decoders we mean to offer, for every use of sharp in this process: the loader is chosen by content, not by name.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
});
sharp.cache(false);
sharp.concurrency(1);

/** Largest picture that is opened, in pixels. */
export const maxPicturePixels = 50_000_000;

export const openPicture = (file: string) =>
  sharp(file, { limitInputPixels: maxPicturePixels, failOn: 'error', pages: 1, sequentialRead: true });

export interface PictureFacts {
  /** As shown: turned upright. */
  width: number;
  height: number;
  /** Bytes of its colour profile and other metadata. */
  baggage: number;
  /** Pictures in it: more than one in an animation, which shows so many per second. */
  frames: number;
  fps: number;
}

/** How many pictures an animation has, and how many of them it shows per second: the mean, or 10 where it says nothing. */
export function paceOf({ pages = 1, delay = [] }: { pages?: number; delay?: number[] }) {
  const milliseconds = delay.reduce((sum, one) => sum + one, 0);
  return { frames: pages, fps: milliseconds > 0 ? (1000 * pages) / milliseconds : 10 };
}

/**
 * The size of a picture, from its header; of an animation, which may have at most `maxPages`, that of the first one.
 * Throws MediaError when it is none, or is too large.
 */
export async function probePicture(file: string, { maxPages = Number.POSITIVE_INFINITY } = {}): Promise<PictureFacts> {
  try {
    const about = await openPicture(file).metadata();
    if (about.width * about.height > maxPicturePixels) throw new Error('Input image exceeds pixel limit');
    if ((about.pages ?? 1) > maxPages) throw tooManyPages(about.pages ?? 1, maxPages);
    const baggage = [about.icc, about.exif, about.xmp, about.iptc].reduce((sum, part) => sum + (part?.length ?? 0), 0);
    return { width: about.autoOrient.width, height: about.autoOrient.height, baggage, ...paceOf(about) };
  } catch (error) {
    throw unreadable(error);
  }
}

/** A picture as one RGB frame: upright, in sRGB, transparency over black; of animations the first picture. */
export async function openImage(file: string): Promise<FramesValue> {
  const { width, height } = await probePicture(file);
  let frame: Buffer;
  try {
    frame = await openPicture(file)
      .autoOrient()
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    throw unreadable(error);
  }
  const read = async function* () {
    yield Uint8Array.from(frame);
  };
  return { kind: 'frames', width, height, count: 1, fps: 1, read };
}

export function unreadable(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(detail))
    return new MediaError('too-large', 'This picture has more than 50 million pixels. Make it smaller first.', {
      cause: error,
    });
  if (/unsupported image format/i.test(detail))
    return new MediaError('unsupported', 'This is not a picture that Skein opens. Use PNG, JPEG, WebP or AVIF.', {
      cause: error,
    });
  if (/memory|allocat/i.test(detail))
    return new MediaError('too-large', 'This picture needs too much memory to open. Make it smaller first.', {
      cause: error,
    });
  return new MediaError('broken', 'This picture is damaged and cannot be read. Save it once more and upload it anew.', {
    cause: error,
    detail,
  });
}

const tooManyPages = (pages: number, most: number) =>
  new MediaError(
    'too-large',
    `This animation has ${pages} pictures; ${most} is the most. Save it as mp4, or keep fewer pictures.`,
  );

export interface Size {
  width: number;
  height: number;
}

/** Resizes each frame as it is read (Lanczos); `cover` crops the overhang evenly, `contain` pads with black. */
export function resizeFrames(frames: FramesValue, to: Size & { fit: 'cover' | 'contain' | 'fill' }): FramesValue {
  if (frames.width === to.width && frames.height === to.height) return frames;
  const { width, height, fit } = to;
  const raw = { width: frames.width, height: frames.height, channels: 3 } as const;
  async function* read() {
    for await (const frame of frames.read())
      yield await sharp(frame, { raw })
        .resize({ width, height, fit, background: '#000' })
        .removeAlpha()
        .raw()
        .toBuffer();
  }
  return { ...frames, width, height, read };
}

/** One frame as the bytes of a picture file; PNG and WebP carry the tag. */
export async function encodePicture(
  frame: Uint8Array,
  { width, height, format, tag }: Size & { format: 'png' | 'jpeg' | 'webp'; tag?: string },
): Promise<Buffer> {
  const picture = sharp(frame, { raw: { width, height, channels: 3 } });
  if (format === 'jpeg') return picture.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  if (format === 'webp') {
    const file = await picture.webp({ quality: 92 }).toBuffer();
    return tag === undefined ? file : tagWebp(file, { width, height, tag });
  }
  const file = await picture.png({ compressionLevel: 6 }).toBuffer();
  return tag === undefined ? file : tagPng(file, tag);
}

/** Wraps a plain WebP into the extended form, which has room for an EXIF chunk. */
function tagWebp(file: Buffer, { width, height, tag }: Size & { tag: string }): Buffer {
  const body = exif(tag);
  const head = Buffer.alloc(30);
  head.write('RIFF\0\0\0\0WEBPVP8X', 0, 'latin1');
  head.writeUInt32LE(10, 16);
  head[20] = 0x08;
  head.writeUIntLE(width - 1, 24, 3);
  head.writeUIntLE(height - 1, 27, 3);
  const chunk = Buffer.alloc(8);
  chunk.write('EXIF', 0, 'latin1');
  chunk.writeUInt32LE(body.length, 4);
  const whole = Buffer.concat([head, file.subarray(12), chunk, body, Buffer.alloc(body.length % 2)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}
