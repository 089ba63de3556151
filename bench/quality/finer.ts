import type { Clip } from './knowledge';

/** What stands still in a clip: the median over time of every value, [height, width, 3] in 0..255. */
export function standing({ data, frames }: Clip): Float64Array {
  const values = data.length / frames;
  const middle = frames >> 1;
  const column = new Float64Array(frames);
  return Float64Array.from({ length: values }, (_, i) => {
    for (let f = 0; f < frames; f++) column[f] = data[f * values + i]!;
    column.sort();
    return frames % 2 ? column[middle]! : (column[middle - 1]! + column[middle]!) / 2;
  });
}

/** A picture [height, width, 3] with twice as many pixels along both axes, bilinear: rims then lie between pixels. */
export function finer(picture: ArrayLike<number>, { width, height }: Pick<Clip, 'width' | 'height'>): Float64Array {
  const out = new Float64Array(width * height * 12);
  const held = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
  for (let y = 0; y < height * 2; y++)
    for (let x = 0; x < width * 2; x++) {
      // Each pixel lies a quarter from the middle of its own and three quarters from the next one's.
      const [row, column] = [y >> 1, x >> 1];
      const nextRow = held(row + (y % 2 ? 1 : -1), height);
      const nextColumn = held(column + (x % 2 ? 1 : -1), width);
      for (let c = 0; c < 3; c++) {
        const value = (v: number, u: number) => picture[(v * width + u) * 3 + c]!;
        const here = 0.75 * value(row, column) + 0.25 * value(row, nextColumn);
        const there = 0.75 * value(nextRow, column) + 0.25 * value(nextRow, nextColumn);
        out[(y * width * 2 + x) * 3 + c] = 0.75 * here + 0.25 * there;
      }
    }
  return out;
}
