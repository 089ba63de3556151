import type { FramesValue } from '../../nodes/values';
import { broughtTo, type CommonPart, commonPart, type Shape } from '../../nodes/video/common-part';
import { type Measures, measureClips } from '../../nodes/video/measure-clips';
import { openAnimation } from './animation';
import { openFilm } from './decode';
import { MediaError } from './media-error';
import { openImage, probePicture, resizeFrames } from './pictures';
import { sniffFile } from './probe-upload';
import { uploadKinds } from './sniff';

/** Two films, or a film and a picture, frame by frame over the part that both have. */
export interface FilmComparison {
  a: Shape;
  b: Shape;
  part: CommonPart;
  measures: Measures;
}

/**
 * Compares two files as they are decoded, two frames of each in memory. Runs in `compare-child.ts`.
 *
 * @throws MediaError with a sentence when one of them cannot be read.
 */
export async function compareFilms(
  a: string,
  b: string,
  tell: (done: number, of: number) => Promise<void>,
): Promise<FilmComparison> {
  const [clipA, clipB] = [await open(a, 'A'), await open(b, 'B')];
  const part = commonPart(clipA, clipB);
  const [first, second] = [clipA, clipB].map((clip) => broughtTo(part, clip, resizeFrames));
  const measures = await measureClips(first!, second, tell);
  return { a: shapeOf(clipA), b: shapeOf(clipB), part, measures };
}

async function open(file: string, name: string): Promise<FramesValue> {
  const kind = await sniffFile(file);
  const { as } = uploadKinds[kind];
  if (as === 'video') return openFilm({ file, kind });
  if (kind === 'webp' && (await probePicture(file)).frames > 1) return openAnimation(file);
  if (as === 'image') return openImage(file);
  throw new MediaError('unsupported', `${name} is a ${kind} file, which shows nothing. Choose a film or a picture.`);
}

const shapeOf = ({ width, height, count, fps }: FramesValue): Shape => ({ width, height, count, fps });
