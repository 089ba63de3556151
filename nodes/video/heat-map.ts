/** From nothing to everything: ink, blue, violet, red, amber, white. Brightness rises all the way, so that it can be read without colours. */
const anchors: readonly (readonly [number, number, number])[] = [
  [8, 9, 14],
  [31, 47, 120],
  [116, 44, 150],
  [205, 62, 92],
  [243, 160, 58],
  [255, 250, 222],
];

/** 256 colours, three bytes each. */
export const heatColours: Uint8Array = Uint8Array.from({ length: 768 }, (_, i) => {
  const at = (Math.floor(i / 3) / 255) * (anchors.length - 1);
  const low = Math.min(anchors.length - 2, Math.floor(at));
  const [from, to] = [anchors[low]![i % 3]!, anchors[low + 1]![i % 3]!];
  return Math.round(from + (to - from) * (at - low));
});

/**
 * Draws where two pictures of one size differ, in `heatColours`: by the largest difference of red, green and blue, times
 * `gain`. Returns the mean of these differences, 0..1, before the gain.
 *
 * @param step bytes of a pixel, 3 for RGB, 4 for RGBA: in both pictures and in `out`.
 */
export function heatMap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { out, step, gain }: { out: Uint8Array | Uint8ClampedArray; step: 3 | 4; gain: number },
): number {
  let total = 0;
  for (let at = 0; at < out.length; at += step) {
    const red = Math.abs(a[at]! - b[at]!);
    const green = Math.abs(a[at + 1]! - b[at + 1]!);
    const blue = Math.abs(a[at + 2]! - b[at + 2]!);
    const off = Math.max(red, green, blue);
    total += off;
    const colour = 3 * Math.min(255, Math.round(off * gain));
    out[at] = heatColours[colour]!;
    out[at + 1] = heatColours[colour + 1]!;
    out[at + 2] = heatColours[colour + 2]!;
    if (step === 4) out[at + 3] = 255;
  }
  return out.length ? (total * step) / out.length / 255 : 0;
}
