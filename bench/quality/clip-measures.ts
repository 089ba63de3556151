import type { Clip } from './knowledge';

/** One frame of a clip as a clip of its own. */
export function frameOf(clip: Clip, index: number): Clip {
  const bytes = clip.width * clip.height * 3;
  return { ...clip, frames: 1, data: clip.data.subarray(index * bytes, (index + 1) * bytes) };
}

/**
 * Temporal flickering as VBench defines it (https://arxiv.org/abs/2311.17982): 1 minus the mean absolute difference
 * between neighbouring frames, in 0..1. Higher is stiller. Taken over all clips, moving ones too.
 */
export function stillness({ data, frames }: Clip): number {
  const bytes = data.length / frames;
  let total = 0;
  for (let i = bytes; i < data.length; i++) total += Math.abs(data[i]! - data[i - bytes]!);
  return frames > 1 ? 1 - total / (data.length - bytes) / 255 : 1;
}

/** Mean square difference between two clips of one size, of values in 0..1. */
export function meanSquare(a: Clip, b: Clip): number {
  if (a.data.length !== b.data.length) throw new Error('Two clips of different size cannot be compared. Trim one.');
  let total = 0;
  for (let i = 0; i < a.data.length; i++) total += (a.data[i]! - b.data[i]!) ** 2;
  return total / a.data.length / 255 ** 2;
}

/** dB from a mean square difference of values in 0..1. */
export const decibels = (square: number) => -10 * Math.log10(square + 1e-12);

/** The change from one frame of a clip to another, over the mean change between its neighbours: 1 is no seam. */
export function seam(clip: Clip, from: number, to: number): number {
  const change = (a: number, b: number) => Math.sqrt(meanSquare(frameOf(clip, a), frameOf(clip, b)));
  let total = 0;
  for (let frame = 1; frame < clip.frames; frame++) total += change(frame - 1, frame);
  return change(from, to) / Math.max(total / (clip.frames - 1), 1e-4);
}
