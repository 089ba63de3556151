import type { Box } from './pixel-source';

/** Overlapping tiles: so large, one every `stride`. All three in one unit, pixels or latent pixels. */
export interface Tiling {
  side: number;
  stride: number;
}

/** Some planes of numbers, [planes, height, width]. */
export interface Planes {
  data: Float32Array;
  height: number;
  width: number;
}

/** The tiles of a picture, row by row. The last of a row or column may be smaller. */
export function cutTiles(size: { height: number; width: number }, { side, stride }: Tiling): Box[][] {
  const starts = (length: number) => Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
  return starts(size.height).map((top) =>
    starts(size.width).map((left) => ({
      top,
      left,
      height: Math.min(side, size.height - top),
      width: Math.min(side, size.width - left),
    })),
  );
}

/** A part of some planes. A new array. */
export function cutPlanes({ data, height, width }: Planes, box: Box): Float32Array {
  const planes = data.length / (height * width);
  const part = new Float32Array(planes * box.height * box.width);
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < box.height; y++) {
      const from = (plane * height + box.top + y) * width + box.left;
      part.set(data.subarray(from, from + box.width), (plane * box.height + y) * box.width);
    }
  }
  return part;
}

/** Puts as much of a part as fits into a box of some planes. */
export function pastePlanes(whole: Planes, box: Box, part: Planes): void {
  const planes = whole.data.length / (whole.height * whole.width);
  const [high, wide] = [Math.min(box.height, part.height), Math.min(box.width, part.width)];
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < high; y++) {
      const from = (plane * part.height + y) * part.width;
      const to = (plane * whole.height + box.top + y) * whole.width + box.left;
      whole.data.set(part.data.subarray(from, from + wide), to);
    }
  }
}

/**
 * Puts tiles together; where two overlap, the later one is faded in, downwards first, then to the right. `unit` pixels at a
 * time have one weight (diffusers blends before it unfolds pixels out of channels). The tiles are changed on the way.
 */
export function joinTiles(
  tiles: Planes[][],
  size: { height: number; width: number },
  about: Tiling & { unit: number },
) {
  const { side, stride, unit } = about;
  const overlap = side - stride;
  const planes = tiles[0]![0]!.data.length / (tiles[0]![0]!.height * tiles[0]![0]!.width);
  const whole = new Float32Array(planes * size.height * size.width);
  for (const [i, row] of tiles.entries()) {
    for (const [j, tile] of row.entries()) {
      const [above, before] = [tiles[i - 1]?.[j], row[j - 1]];
      if (above) fade(above, tile, { along: 'height', overlap, unit });
      if (before) fade(before, tile, { along: 'width', overlap, unit });
      const box = { top: i * stride, left: j * stride, height: stride, width: stride };
      pastePlanes({ ...size, data: whole }, box, tile);
    }
  }
  return whole;
}

/** Fades from the end of one tile into the beginning of the next. */
function fade(a: Planes, b: Planes, about: { along: 'height' | 'width'; overlap: number; unit: number }): void {
  const { along, overlap, unit } = about;
  const length = Math.min(a[along], b[along], overlap);
  const planes = b.data.length / (b.height * b.width);
  const [high, wide] = along === 'height' ? [length, b.width] : [b.height, length];
  const [down, across] = along === 'height' ? [a.height - length, 0] : [0, a.width - length];
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const share = Math.floor((along === 'height' ? y : x) / unit) / (length / unit);
        const at = (plane * b.height + y) * b.width + x;
        const old = a.data[(plane * a.height + down + y) * a.width + across + x]!;
        b.data[at] = old * (1 - share) + b.data[at]! * share;
      }
    }
  }
}
