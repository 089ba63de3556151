import type { FramesValue } from '../values';

/** `count` frames from `start` on, read as a stream: frames before are skipped, the source is closed after the last. */
export function slice(frames: FramesValue, start: number, count: number): FramesValue {
  if (start === 0 && count === frames.count) return frames;
  return {
    ...frames,
    count,
    async *read() {
      let index = 0;
      for await (const frame of frames.read()) {
        if (index >= start) yield frame;
        index += 1;
        if (index >= start + count) break;
      }
    },
  };
}

/** The first frame, `times` over. */
export function repeated(frames: FramesValue, times: number): FramesValue {
  return {
    ...frames,
    count: times,
    async *read() {
      for await (const frame of frames.read()) {
        for (let i = 0; i < times; i++) yield frame;
        break;
      }
    },
  };
}

/** The same frames; `tell` hears how many were taken, each time the reader comes back for another. */
export function counted(frames: FramesValue, tell: (done: number, of: number) => Promise<void>): FramesValue {
  return {
    ...frames,
    async *read() {
      let done = 0;
      for await (const frame of frames.read()) {
        yield frame;
        done += 1;
        await tell(done, frames.count);
      }
    },
  };
}
