import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { type Clip, truth } from './knowledge';

const reading = truth.extend({
  view: z.int(),
  present: z.number(),
  right: z.number(),
  down: z.number(),
  growth: z.number(),
  spread: z.number(),
});
/** A film of tiles and what is known of each clip in it; `reading` is what the Python reader says of it. */
const film = z.object({
  /** Of square clips; others have width and height. */
  size: z.int().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  frames: z.int(),
  fps: z.number(),
  columns: z.int(),
});
const known = truth.extend({ prompt: z.string(), reading });
export type TruthClip = z.output<typeof known> & { clip: Clip; fps: number };

/** Clips as the world draws them, with what they show. */
export const openTruth = (): Promise<TruthClip[]> => openFilm('truth', known);

/** The same of one hero at another size. */
export const openTruthOf = ({ width, height }: { width: number; height: number }) =>
  openFilm(`truth-${width}x${height}`, truth.extend({ reading }));

const hero = z.object({ colour: z.string(), shape: z.string() });
/** The Python reader says colour and shape as a pair. */
const heroRead = z
  .tuple([z.string(), z.string()])
  .transform(([colour, shape]) => ({ colour, shape }))
  .nullable();

/** Two heroes side by side. */
export const openTruthPairs = () =>
  openFilm(
    'truth-pairs',
    pairAsked.extend({
      reading: z.object({ place: z.string(), two: z.number(), left: heroRead, right: heroRead, apart: z.number() }),
    }),
  );

/** Heroes that pass behind something. */
export const openTruthHiding = () =>
  openFilm(
    'truth-hiding',
    hidingAsked.extend({
      reading: z.object({
        ...{ place: z.string(), before: heroRead, after: heroRead, gone: z.int(), behind: z.number(), off: z.number() },
        ...{ way: z.enum(['right', 'left']).nullable(), kept: z.boolean() },
      }),
    }),
  );

/** What is asked of two heroes: the first is left or right of the other. */
export const pairAsked = hero.extend({
  place: z.string(),
  relation: z.enum(['left', 'right']),
  other_colour: z.string(),
  other_shape: z.string(),
});
/** What is asked of a hero that passes behind a thing. */
export const hidingAsked = hero.extend({ place: z.string(), motion: z.enum(['right', 'left']), thing: z.string() });

/** Tiles of one lossless film, written by `from-training.py`. */
async function openFilm<T extends object>(
  name: string,
  what: z.ZodType<T>,
): Promise<(T & { clip: Clip; fps: number })[]> {
  const here = import.meta.dirname;
  const json = JSON.parse(fs.readFileSync(path.join(here, `${name}.json`), 'utf8'));
  const { size, width = size!, height = size!, frames, columns, fps } = film.parse(json);
  const { data, info } = await sharp(path.join(here, `${name}.webp`), { pages: -1 })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pageHeight = info.height / frames;
  return z
    .array(what)
    .parse(json.clips)
    .map((about, index) => {
      const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
      const pixels = new Uint8Array(frames * height * width * 3);
      for (let row = 0; row < frames * height; row++) {
        const y = Math.floor(row / height) * pageHeight + top + (row % height);
        const from = (y * info.width + left) * 3;
        pixels.set(data.subarray(from, from + width * 3), row * width * 3);
      }
      return { ...about, fps, clip: { data: pixels, frames, height, width } };
    });
}
