import type { FramesValue } from '../../../../nodes/values';
import type { FloatTensor } from '../../session';
import { pixelPieces } from './pieces';

/** A part of a picture, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Frames to encode, in -1..1. May be read any number of times. */
export interface PixelSource {
  width: number;
  height: number;
  count: number;
  /** Pieces [1, 3, frames, box.height, box.width] of that part: one frame, then `length` frames each, the last shorter. */
  read(box: Box, length: number): AsyncIterable<FloatTensor>;
}

/** A part of an RGB picture that is `width` pixels wide. */
export function cropped(rgb: Uint8Array, width: number, box: Box): Uint8Array {
  if (box.left === 0 && box.width === width && box.top === 0 && rgb.length === 3 * width * box.height) return rgb;
  const part = new Uint8Array(3 * box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = 3 * ((box.top + y) * width + box.left);
    part.set(rgb.subarray(from, from + 3 * box.width), 3 * y * box.width);
  }
  return part;
}

/** Frames of 8 bits as such a source. */
export function pixelsOf(frames: FramesValue): PixelSource {
  const { width, height, count } = frames;
  const part = (box: Box): FramesValue => ({
    ...frames,
    width: box.width,
    height: box.height,
    async *read() {
      for await (const rgb of frames.read()) {
        // A frame of another size is left as it is, for the reader to refuse.
        yield rgb.length === 3 * width * height ? cropped(rgb, width, box) : rgb;
      }
    },
  });
  return { width, height, count, read: (box, length) => pixelPieces(part(box), length) };
}
