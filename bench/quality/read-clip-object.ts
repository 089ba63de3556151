/** Pixels of the object in one frame, and the width of the frame they count in. */
export interface Seen {
  pixels: readonly number[];
  width: number;
  height: number;
}

/** Outlines are compared on a raster that reaches so many square roots of the area to each side. */
const reach = 1.25;
/** Log size ratio; frame heights covered; frame heights of spread about the line. */
const limits = { grows: 0.3, travels: 0.1, hops: 0.035 };
/** Smaller objects than this, in pixels, are taken for dirt. */
export const leastPixels = 12;

export const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
export const rowOf = ({ pixels, width }: Seen) => mean(pixels.map((pixel) => Math.floor(pixel / width)));
export const columnOf = ({ pixels, width }: Seen) => mean(pixels.map((pixel) => pixel % width));

/** To the nearest whole number, halves to the even one, as numpy rounds. */
function rounded(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(value);
}

/** Least-squares rise over all values, and their spread about the line. */
function lineFit(values: readonly number[]): { rise: number; spread: number } {
  const n = values.length;
  const centre = mean(values);
  const times = values.map((_, i) => i - (n - 1) / 2);
  const squares = times.reduce((total, t) => total + t * t, 0);
  const slope = times.reduce((total, t, i) => total + t * values[i]!, 0) / Math.max(squares, 1e-9);
  return {
    rise: slope * (n - 1),
    spread: Math.sqrt(mean(values.map((v, i) => (v - centre - slope * times[i]!) ** 2))),
  };
}

/** Index of the shape whose outline overlaps best (intersection over union), summed over frames. */
export function findShape(frames: readonly Seen[], outlines: readonly (readonly string[])[]): number {
  const scores = outlines.map(() => 0);
  for (const seen of frames) {
    if (seen.pixels.length < leastPixels) continue;
    const mask = new Uint8Array(seen.width * seen.height);
    for (const pixel of seen.pixels) mask[pixel] = 1;
    const [cy, cx, scale] = [rowOf(seen), columnOf(seen), Math.sqrt(seen.pixels.length)];
    const overlap = outlines.map((outline) => {
      let [both, either] = [0, 0];
      outline.forEach((row, j) => {
        const axis = (i: number) => (((i + 0.5) / outline.length) * 2 * reach - reach) * scale;
        const y = rounded(cy + axis(j));
        for (let i = 0; i < row.length; i++) {
          const x = rounded(cx + axis(i));
          const inside = y >= 0 && y < seen.height && x >= 0 && x < seen.width && mask[y * seen.width + x] === 1;
          if (inside && row[i] === '#') both++;
          if (inside || row[i] === '#') either++;
        }
      });
      return both / either;
    });
    overlap.forEach((value, shape) => {
      scores[shape]! += value;
    });
  }
  return scores.indexOf(Math.max(...scores));
}

/** Index of the colour most pixels (RGB in 0..1) come near to; dark lines and glints vote for nobody. */
export function findColour(pixels: Iterable<readonly number[]>, paints: readonly (readonly number[][])[]): number {
  const votes = paints.map(() => 0);
  for (const pixel of pixels) {
    let [nearest, least] = [-1, 0.35];
    paints.forEach((lights, colour) => {
      for (const light of lights) {
        const apart = pixel.reduce((total, value, c) => total + Math.abs(value - light[c]!), 0);
        if (apart < least) [nearest, least] = [colour, apart];
      }
    });
    if (nearest >= 0) votes[nearest]!++;
  }
  return votes.indexOf(Math.max(...votes));
}

export interface Motion {
  motion: string;
  /** Travel in frame heights, right and down positive. */
  right: number;
  down: number;
  /** Log of the size ratio, last to first. */
  growth: number;
  /** Of the height about its straight line, in frame heights. */
  spread: number;
}

/** The motion word and the measures behind it. Left and right, up and down are told apart by sign. */
export function findMotion(frames: readonly Seen[]): Motion {
  const seen = frames.filter(({ pixels }) => pixels.length >= leastPixels);
  if (seen.length < 3) return { motion: 'still', right: 0, down: 0, growth: 0, spread: 0 };
  const { rise: down, spread } = lineFit(seen.map((frame) => rowOf(frame) / frame.height));
  const { rise: right } = lineFit(seen.map((frame) => columnOf(frame) / frame.height));
  const { rise: growth } = lineFit(seen.map(({ pixels }) => Math.log(Math.sqrt(pixels.length))));
  const word = () => {
    if (Math.abs(growth) > limits.grows) return growth > 0 ? 'grow' : 'shrink';
    if (spread > limits.hops) return 'bounce';
    if (Math.max(Math.abs(right), Math.abs(down)) < limits.travels) return 'still';
    if (Math.abs(right) > Math.abs(down)) return right > 0 ? 'right' : 'left';
    return down > 0 ? 'down' : 'up';
  };
  return { motion: word(), right, down, growth, spread };
}
