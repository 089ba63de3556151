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
const film = z.object({
  size: z.int(),
  frames: z.int(),
  fps: z.number(),
  columns: z.int(),
  /** `reading` is what the Python reader says of the clip. */
  clips: z.array(truth.extend({ prompt: z.string(), reading })),
});
export type TruthClip = z.output<typeof film>['clips'][number] & { clip: Clip; fps: number };

/** Clips as the world draws them, with what they show: tiles of one lossless film, written by `from-training.py`. */
export async function openTruth(): Promise<TruthClip[]> {
  const here = import.meta.dirname;
  const about = film.parse(JSON.parse(fs.readFileSync(path.join(here, 'truth.json'), 'utf8')));
  const { size, frames, columns, fps } = about;
  const { data, info } = await sharp(path.join(here, 'truth.webp'), { pages: -1 })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pageHeight = info.height / frames;
  return about.clips.map((known, index) => {
    const [left, top] = [(index % columns) * size, Math.floor(index / columns) * size];
    const pixels = new Uint8Array(frames * size * size * 3);
    for (let row = 0; row < frames * size; row++) {
      const y = Math.floor(row / size) * pageHeight + top + (row % size);
      const from = (y * info.width + left) * 3;
      pixels.set(data.subarray(from, from + size * 3), row * size * 3);
    }
    return { ...known, fps, clip: { data: pixels, frames, height: size, width: size } };
  });
}
