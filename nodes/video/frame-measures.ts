/** Measures of single pictures, or of two of one size: RGB, 8 bits, `width * height * 3` bytes, or their luma. Pure. */

/** Brightness of each pixel, 0..255, by the weights of BT.601 in full range: `.299 R + .587 G + .114 B`, rounded. */
export function luma(frame: Uint8Array): Uint8Array {
  const grey = new Uint8Array(frame.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    // In 16 bits: the weights add up to 65,536, so that white stays white.
    grey[i] = (19595 * frame[at]! + 38470 * frame[at + 1]! + 7471 * frame[at + 2]! + 32768) >> 16;
  return grey;
}

/** Mean square difference between two pictures of one size, of values in 0..1. */
export function meanSquare(a: Uint8Array, b: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    const off = a[i]! - b[i]!;
    total += off * off;
  }
  return total / a.length / 255 ** 2;
}

/** Mean absolute difference between two pictures of one size, of values in 0..1. */
export function meanAbsolute(a: Uint8Array, b: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs(a[i]! - b[i]!);
  return total / a.length / 255;
}

/** PSNR in dB from a mean square difference of values in 0..1. Equal pictures have 100 dB, and nothing has more. */
export const decibels = (square: number): number => Math.min(100, -10 * Math.log10(square));

/**
 * How much fine detail a picture has: the variance of its Laplacian (each pixel's four neighbours less four times itself;
 * Pech-Pacheco et al., 2000) over luma in 0..255, edges left out. 0 for flat pictures and those under 3 pixels wide or high.
 */
export function sharpness(grey: Uint8Array, { width, height }: { width: number; height: number }): number {
  let [sum, squares] = [0, 0];
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const edge = grey[at - 1]! + grey[at + 1]! + grey[at - width]! + grey[at + width]! - 4 * grey[at]!;
      sum += edge;
      squares += edge * edge;
    }
  const count = Math.max(0, width - 2) * Math.max(0, height - 2);
  return count ? squares / count - (sum / count) ** 2 : 0;
}
