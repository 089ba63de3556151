import type { Clip, Knowledge, Truth } from './knowledge';
import { findPlace, foreground, largestPart } from './read-clip-mask';
import { findColour, findMotion, findShape, leastPixels, type Motion, type Seen } from './read-clip-object';

export interface Reading extends Truth, Motion {
  view: number;
  /** Share of frames in which the object is to be seen. */
  present: number;
}

/**
 * What a clip shows, by classical means: place, colour, shape, motion, and the measures behind them. The same reader as
 * `training/reader.py`, so that trainer and product are judged alike; it never sees prompts, latents or networks.
 * Throws when the clip is not of the size the knowledge is for.
 */
export function readClip(clip: Clip, know: Knowledge): Reading {
  const { width, height } = clip;
  if (width !== know.size || height !== know.size)
    throw new Error(
      `The reader knows clips of ${know.size} x ${know.size} pixels, and this one is ${width} x ${height}. Run bench/quality/from-training.py for that size.`,
    );
  const place = findPlace(clip, know.places);
  const bytes = width * height * 3;
  const frames = Array.from({ length: clip.frames }, (_, f) => clip.data.subarray(f * bytes, (f + 1) * bytes));
  const seen: Seen[] = frames.map((frame) => ({
    pixels: largestPart(foreground(frame, know.places[place]!), width),
    width,
    height,
  }));
  const colours = frames.flatMap((frame, f) =>
    seen[f]!.pixels.map((pixel) => [0, 1, 2].map((c) => frame[pixel * 3 + c]! / 255)),
  );
  return {
    place: know.names.place[Math.floor(place / know.views)]!,
    view: place % know.views,
    colour: know.names.colour[findColour(colours, know.paints)]!,
    shape: know.names.shape[findShape(seen, know.outlines)]!,
    present: seen.filter(({ pixels }) => pixels.length >= leastPixels).length / clip.frames,
    ...findMotion(seen),
  };
}
