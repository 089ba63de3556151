import { checkPngExtras, maxExtraBytes, tooMuchBaggage } from './picture-extras';
import { openPicture, probePicture, unreadable } from './pictures';
import type { UploadKind } from './sniff';
import { thumbSide } from './thumb-size';

/** An animation of more pictures is a film: it belongs into a film's container. */
export const maxAnimationFrames = 5000;
const quality = 85;

/** What is known of a picture once it was really decoded. */
export interface PictureLook {
  /** As shown: turned upright. */
  width: number;
  height: number;
  /** Pictures in it, and how many of an animation's are shown per second. */
  frames: number;
  fps: number;
  /** The picture as a small WebP. */
  thumb: Uint8Array;
}

/**
 * Looks at a picture from outside: header first, with every refusal that needs no pixels, then all of its pixels once,
 * so that a torn file is refused when it comes and not when a run needs it. Runs in `picture-child.ts` only.
 *
 * @throws MediaError with a sentence.
 */
export async function lookAt(file: string, kind: UploadKind): Promise<PictureLook> {
  if (kind === 'png') await checkPngExtras(file);
  const { width, height, baggage, frames, fps } = await probePicture(file, { maxPages: maxAnimationFrames });
  if (baggage > maxExtraBytes) throw tooMuchBaggage();
  try {
    const thumb = await openPicture(file)
      .autoOrient()
      .resize({ width: thumbSide, height: thumbSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .webp({ quality })
      .toBuffer();
    return { width, height, frames, fps, thumb };
  } catch (error) {
    throw unreadable(error);
  }
}
