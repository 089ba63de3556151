/** Pixels of a block, and how far one is looked for. */
const [block, reach] = [8, 7];
/** Grey levels per pixel by which a place has to be better than one nearer: flat areas stand still. */
const margin = 0.5;
/** Pictures are looked at in a size in which the shorter side is no longer than this. */
const longestShort = 192;

interface Size {
  width: number;
  height: number;
}

/** Where a block may have come from, the nearest first. */
const places = Array.from({ length: (2 * reach + 1) ** 2 }, (_, i) => ({
  x: (i % (2 * reach + 1)) - reach,
  y: Math.floor(i / (2 * reach + 1)) - reach,
})).sort((a, b) => a.x ** 2 + a.y ** 2 - (b.x ** 2 + b.y ** 2));

/**
 * How far the picture has moved since the one before: the mean length, in pixels, of the ways its blocks of 8 x 8 have
 * come, found by the least absolute difference within 7 pixels. Blocks without detail count as standing. Large pictures
 * are halved until the shorter side has at most 192 pixels; the answer is in pixels of the picture as given. It is a
 * measure for comparison, blind to what turns, fades, or leaps further.
 *
 * @param before, now luma, 0..255.
 */
export function blockMotion(before: Uint8Array, now: Uint8Array, size: Size): number {
  let [old, fresh, { width, height }] = [before, now, size];
  let scale = 1;
  while (Math.min(width, height) > longestShort) {
    [old, fresh] = [halved(old, { width, height }), halved(fresh, { width, height })];
    [width, height, scale] = [Math.floor(width / 2), Math.floor(height / 2), scale * 2];
  }
  const [across, down] = [Math.floor(width / block), Math.floor(height / block)];
  let total = 0;
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) total += wayOf(old, fresh, { left: x * block, top: y * block, width, height });
  return across && down ? (scale * total) / (across * down) : 0;
}

/** The length of the way one block has come. */
function wayOf(before: Uint8Array, now: Uint8Array, at: { left: number; top: number } & Size): number {
  const { left, top, width, height } = at;
  let best = Number.POSITIVE_INFINITY;
  let way = 0;
  for (const { x, y } of places) {
    if (left + x < 0 || top + y < 0 || left + x + block > width || top + y + block > height) continue;
    const limit = best - margin * block * block;
    let off = 0;
    for (let row = 0; row < block && off < limit; row++) {
      const to = (top + row) * width + left;
      const from = to + y * width + x;
      for (let column = 0; column < block; column++) off += Math.abs(now[to + column]! - before[from + column]!);
    }
    if (off >= limit) continue;
    best = off;
    way = Math.hypot(x, y);
    // No other place can be better by the margin.
    if (best < margin * block * block) break;
  }
  return way;
}

/** Half the size: each pixel the mean of four. */
function halved(grey: Uint8Array, { width, height }: Size): Uint8Array {
  const [wide, high] = [Math.floor(width / 2), Math.floor(height / 2)];
  const small = new Uint8Array(wide * high);
  for (let y = 0; y < high; y++)
    for (let x = 0; x < wide; x++) {
      const at = 2 * y * width + 2 * x;
      small[y * wide + x] = (grey[at]! + grey[at + 1]! + grey[at + width]! + grey[at + width + 1]! + 2) >> 2;
    }
  return small;
}
