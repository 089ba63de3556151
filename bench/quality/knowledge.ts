import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';

/** Frames of one shot: 8-bit RGB, row-major [frames, height, width, 3]. */
export interface Clip {
  data: Uint8Array;
  frames: number;
  height: number;
  width: number;
}

export const asked = ['place', 'colour', 'shape', 'motion'] as const;
export type Asked = (typeof asked)[number];
/** What a clip should show, as words; the keys of a reading. */
export const truth = z.object({ place: z.string(), colour: z.string(), shape: z.string(), motion: z.string() });
export type Truth = z.output<typeof truth>;

const stored = z.object({
  names: z.object({
    place: z.array(z.string()),
    colour: z.array(z.string()),
    shape: z.array(z.string()),
    motion: z.array(z.string()),
  }),
  size: z.int(),
  views: z.int(),
  /** RGB in 0..1: [colours][lights][3]. */
  paints: z.array(z.array(z.array(z.number()))),
  /** Rows of `#` and `.`: each shape at unit area about its centroid. */
  outlines: z.array(z.array(z.string())),
});

export interface Knowledge extends Omit<z.output<typeof stored>, 'size'> {
  width: number;
  height: number;
  /** Empty places, 8-bit RGB [views of the first place, views of the second, ...], each [height, width, 3]. */
  places: Uint8Array[];
}

/** What the reader compares with, for clips of one size (the model's own unless told). Written by `from-training.py`. */
export async function openKnowledge(of?: { width: number; height: number }): Promise<Knowledge> {
  const here = import.meta.dirname;
  const { size, ...known } = stored.parse(JSON.parse(fs.readFileSync(path.join(here, 'knowledge.json'), 'utf8')));
  const { width, height } = of ?? { width: size, height: size };
  const name = width === size && height === size ? 'places.png' : `places-${width}x${height}.png`;
  if (!fs.existsSync(path.join(here, name)))
    throw new Error(`${name} is not there, so clips of that size cannot be read. Add it to SIZES in from-training.py.`);
  const { data, info } = await sharp(path.join(here, name)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const places = Array.from({ length: info.width / width }, (_, index) => {
    const place = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const from = (y * info.width + index * width) * 3;
      place.set(data.subarray(from, from + width * 3), y * width * 3);
    }
    return place;
  });
  return { ...known, width, height, places };
}
