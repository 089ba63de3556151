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
  const place = placeOf(clip, know);
  const frames = framesOf(clip);
  const seen: Seen[] = frames.map((frame) => ({
    pixels: largestPart(foreground(frame, know.places[place]!), width),
    width,
    height,
  }));
  const colours = frames.flatMap((frame, f) => paintsAt(frame, seen[f]!.pixels));
  return {
    place: know.names.place[Math.floor(place / know.views)]!,
    view: place % know.views,
    colour: know.names.colour[findColour(colours, know.paints)]!,
    shape: know.names.shape[findShape(seen, know.outlines)]!,
    present: seen.filter(({ pixels }) => pixels.length >= leastPixels).length / clip.frames,
    ...findMotion(seen),
  };
}

/** Index of the nearest empty place. Throws when the clip is not of the size the knowledge is for. */
export function placeOf(clip: Clip, know: Knowledge): number {
  if (clip.width !== know.width || clip.height !== know.height)
    throw new Error(
      `The reader knows clips of ${know.width} x ${know.height} pixels, and this one is ${clip.width} x ${clip.height}. Run bench/quality/from-training.py for that size.`,
    );
  return findPlace(clip, know.places);
}

/** The pictures of a clip, each [height, width, 3]. */
export function framesOf({ data, frames, width, height }: Clip): Uint8Array[] {
  const bytes = width * height * 3;
  return Array.from({ length: frames }, (_, f) => data.subarray(f * bytes, (f + 1) * bytes));
}

/** RGB in 0..1 at these pixels of a picture. */
export const paintsAt = (frame: Uint8Array, pixels: readonly number[]): number[][] =>
  pixels.map((pixel) => [0, 1, 2].map((c) => frame[pixel * 3 + c]! / 255));
