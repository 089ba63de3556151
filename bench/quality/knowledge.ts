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

export interface Knowledge extends z.output<typeof stored> {
  /** Empty places, 8-bit RGB [views of the first place, views of the second, ...], each [size, size, 3]. */
  places: Uint8Array[];
}

/** What the reader compares with. Written by `from-training.py`. */
export async function openKnowledge(): Promise<Knowledge> {
  const here = import.meta.dirname;
  const known = stored.parse(JSON.parse(fs.readFileSync(path.join(here, 'knowledge.json'), 'utf8')));
  const { data, info } = await sharp(path.join(here, 'places.png'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { size } = known;
  const places = Array.from({ length: info.width / size }, (_, index) => {
    const place = new Uint8Array(size * size * 3);
    for (let y = 0; y < size; y++) {
      const from = (y * info.width + index * size) * 3;
      place.set(data.subarray(from, from + size * 3), y * size * 3);
    }
    return place;
  });
  return { ...known, places };
}
