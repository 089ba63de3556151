import type { FloatTensor } from '../../session';

/** Frames [1, 3, frames, height, width] in -1..1 as RGB, 8 bits each: round(255 · clamp(x/2 + 1/2, 0, 1)). */
export function toRgb8(clip: FloatTensor): Uint8Array[] {
  const [, , frames = 0, height = 0, width = 0] = clip.shape;
  const pixels = height * width;
  return Array.from({ length: frames }, (_, frame) => {
    const rgb = new Uint8ClampedArray(3 * pixels);
    for (let channel = 0; channel < 3; channel++) {
      const from = (channel * frames + frame) * pixels;
      // A clamped array rounds and clamps by itself.
      for (let i = 0; i < pixels; i++) rgb[3 * i + channel] = 127.5 * clip.data[from + i]! + 127.5;
    }
    return new Uint8Array(rgb.buffer);
  });
}

/** The opposite: writes one RGB frame into place `frame` of a clip [1, 3, frames, height, width]. */
export function fromRgb8(rgb: Uint8Array, clip: FloatTensor, frame: number): void {
  const [, , frames = 0, height = 0, width = 0] = clip.shape;
  const pixels = height * width;
  for (let channel = 0; channel < 3; channel++) {
    const to = (channel * frames + frame) * pixels;
    for (let i = 0; i < pixels; i++) clip.data[to + i] = rgb[3 * i + channel]! / 127.5 - 1;
  }
}
