import type { FramesValue } from '../values';

/** How many frames a clip has at another rate when it keeps its speed; at least one. */
export const countAtRate = (count: number, from: number, to: number): number =>
  Math.max(1, Math.round((count * to) / from));

/** The clip at another rate, with its speed kept: each moment shows the frame that stood there. Read as a stream. */
export function atRate(frames: FramesValue, fps: number): FramesValue {
  if (frames.fps === fps) return frames;
  const count = countAtRate(frames.count, frames.fps, fps);
  /** Which frame stands in the middle of the new frame's time. */
  const sourceOf = (index: number) => Math.min(frames.count - 1, Math.floor(((index + 0.5) * frames.fps) / fps));
  return {
    ...frames,
    fps,
    count,
    async *read() {
      let next = 0;
      let at = 0;
      for await (const frame of frames.read()) {
        for (; next < count && sourceOf(next) === at; next++) yield frame;
        if (next === count) break;
        at += 1;
      }
    },
  };
}
