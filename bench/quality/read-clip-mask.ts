import type { Clip } from './knowledge';

/** A pixel differs from the empty place; a shadow is the place, darker, within `shade`. In 0..1. */
export const limits = { different: 0.17, shade: 0.07 };

/**
 * Index of the empty place nearest to the clip: the mean over its better seven tenths of pixels, of how far the
 * time-averaged clip is away in its worst channel.
 */
export function findPlace(clip: Clip, places: readonly Uint8Array[]): number {
  const pixels = clip.height * clip.width;
  const every = Math.max(1, Math.floor(clip.frames / 4));
  const mean = new Float64Array(pixels * 3);
  let count = 0;
  for (let frame = 0; frame < clip.frames; frame += every, count++)
    for (let i = 0; i < mean.length; i++) mean[i]! += clip.data[frame * mean.length + i]!;
  const kept = Math.floor((pixels * 7) / 10);
  const scores = places.map((place) => {
    const wrong = new Float64Array(pixels);
    for (let i = 0; i < mean.length; i++) {
      const pixel = Math.floor(i / 3);
      wrong[pixel] = Math.max(wrong[pixel]!, Math.abs(place[i]! - mean[i]! / count));
    }
    return wrong
      .sort()
      .subarray(0, kept)
      .reduce((total, value) => total + value, 0);
  });
  return scores.indexOf(Math.min(...scores));
}

/** 1 where a frame [height, width, 3] is neither the empty place nor a shadow on it. */
export function foreground(frame: ArrayLike<number>, place: ArrayLike<number>): Uint8Array {
  const mask = new Uint8Array(frame.length / 3);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    let [apart, both, square] = [0, 0, 0];
    for (let c = pixel * 3; c < pixel * 3 + 3; c++) {
      const [seen, empty] = [frame[c]! / 255, place[c]! / 255];
      apart = Math.max(apart, Math.abs(seen - empty));
      both += seen * empty;
      square += empty * empty;
    }
    if (apart <= limits.different) continue;
    const shade = both / Math.max(square, 1e-6);
    let off = 0;
    for (let c = pixel * 3; c < pixel * 3 + 3; c++) off = Math.max(off, Math.abs(frame[c]! - shade * place[c]!) / 255);
    if (!(shade < 1 && shade > 0.4 && off < limits.shade)) mask[pixel] = 1;
  }
  return mask;
}

/** Pixels of which at least five of the 3 x 3 around them are set. */
function majority(mask: Uint8Array, width: number): Uint8Array {
  const height = mask.length / width;
  return mask.map((_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    let count = 0;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) count += mask[v * width + u]!;
    return count >= 5 ? 1 : 0;
  });
}

/**
 * The 4-connected parts of a mask after a majority vote has filled holes, largest first, each as its pixels, ascending. Of two
 * equal parts the one that ends first comes first, as in the Python reader.
 */
export function partsOf(mask: Uint8Array, width: number): number[][] {
  const left = majority(mask, width);
  const parts: number[][] = [];
  for (let seed = left.length - 1; seed >= 0; seed--) {
    if (!left[seed]) continue;
    const part = [seed];
    left[seed] = 0;
    for (let at = 0; at < part.length; at++) {
      const pixel = part[at]!;
      const x = pixel % width;
      for (const next of [pixel - width, pixel + width, x > 0 ? pixel - 1 : -1, x < width - 1 ? pixel + 1 : -1]) {
        if (!left[next]) continue;
        left[next] = 0;
        part.push(next);
      }
    }
    parts.unshift(part.sort((a, b) => a - b));
  }
  return parts.sort((a, b) => b.length - a.length);
}

/** The pixels of the largest part, ascending. */
export const largestPart = (mask: Uint8Array, width: number): number[] => partsOf(mask, width)[0] ?? [];
