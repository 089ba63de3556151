import type { FramesValue, LatentValue } from '../../../../nodes/values';
import type { FloatTensor } from '../../session';
import { fromRgb8 } from './pixels';

type ClipShape = LatentValue['shape'];

/** Frames [from, from + frames) of a clip [channels, frames, height, width], as a clip of their own. */
export function cutFrames(clip: Float32Array, shape: ClipShape, range: { from: number; frames: number }): Float32Array {
  const [channels, total, height, width] = shape;
  const pixels = height * width;
  const piece = new Float32Array(channels * range.frames * pixels);
  for (let channel = 0; channel < channels; channel++) {
    const start = (channel * total + range.from) * pixels;
    piece.set(clip.subarray(start, start + range.frames * pixels), channel * range.frames * pixels);
  }
  return piece;
}

/** One frame of a piece [1, channels, frames, height, width], as planes. A new array. */
export function frameOf({ data, shape }: FloatTensor, frame: number): Float32Array {
  const [, channels = 0, frames = 0, height = 0, width = 0] = shape;
  return cutFrames(data, [channels, frames, height, width], { from: frame, frames: 1 });
}

/** Pieces [1, channels, frames, height, width] put one after the other in time: [channels, total, height, width]. */
export async function joinPieces(
  pieces: AsyncIterable<FloatTensor>,
  total: number,
): Promise<{ data: Float32Array; shape: ClipShape }> {
  let data = new Float32Array();
  let shape: ClipShape = [0, total, 0, 0];
  let at = 0;
  for await (const piece of pieces) {
    const [, channels = 0, frames = 0, height = 0, width = 0] = piece.shape;
    const pixels = height * width;
    if (at === 0) {
      shape = [channels, total, height, width];
      data = new Float32Array(channels * total * pixels);
    }
    for (let channel = 0; channel < channels; channel++) {
      const from = channel * frames * pixels;
      data.set(piece.data.subarray(from, from + frames * pixels), (channel * total + at) * pixels);
    }
    at += frames;
  }
  return { data, shape };
}

/** Changes a clip [channels, ...] in place, number by number. */
export function eachChannel(
  clip: Float32Array,
  channels: number,
  change: (x: number, channel: number) => number,
): void {
  const size = clip.length / channels;
  for (let i = 0; i < clip.length; i++) clip[i] = change(clip[i]!, Math.floor(i / size));
}

/**
 * Reads RGB frames into pieces [1, 3, frames, height, width] in -1..1: one frame, then `length` frames each, the last piece
 * shorter. A piece is overwritten by the next. Throws when the stream does not hold the frames it announced.
 */
export async function* pixelPieces(frames: FramesValue, length: number): AsyncGenerator<FloatTensor> {
  const { width, height, count } = frames;
  const empty = (size: number): FloatTensor => ({
    shape: [1, 3, size, height, width],
    data: new Float32Array(3 * size * height * width),
  });
  let piece = empty(1);
  let filled = 0;
  let done = 0;
  for await (const rgb of frames.read()) {
    if (rgb.length !== 3 * width * height) {
      throw new Error(
        `Frame ${done} has ${rgb.length} bytes where ${width}x${height} RGB needs ${3 * width * height}.`,
      );
    }
    fromRgb8(rgb, piece, filled++);
    if (++done > count) break;
    if (filled < piece.shape[2]!) continue;
    yield piece;
    filled = 0;
    const size = Math.min(length, count - done);
    if (size > 0 && size !== piece.shape[2]) piece = empty(size);
  }
  if (done !== count) {
    const found = done > count ? `more than ${count}` : String(done);
    throw new Error(`The clip announced ${count} frames and has ${found}. Its file may be damaged: upload it again.`);
  }
}
