/** Where the tokens of a clip lie: its latent grid, and how many pixels and frames one step of it stands for. */
export interface Places {
  frames: number;
  rows: number;
  columns: number;
  /** Frames and pixels per latent step. */
  time: number;
  scale: number;
  fps: number;
  /**
   * `even`: latent frame k lies at time·k (0.9.0, 0.9.1). `causal`: at the first picture it stands for,
   * max(0, time·k + 1 - time), since the first latent frame is a single picture (0.9.5 and later).
   */
  timing: 'even' | 'causal';
  /** Pictures at which further latent frames lie, behind those of the clip. */
  beside?: readonly number[];
}

const fl = Math.fround;
const theta = 10000;
/** Extents that coordinates are divided by: seconds, rows, columns. */
const extents = [20, 2048, 2048] as const;

/**
 * Cosines and sines of LTX-Video's rotary embedding: both [frames * rows * columns, width / 2], frame-major, frames beside the
 * clip last. It spans the whole width, before heads are split. Pairs: `(width mod 6) / 2` that do not turn, then for each
 * frequency j the three axes (time, row, column): angle (π/2) · 10000^(j/(K-1)) · (2u - 1) at share u of the axis' extent, K = ⌊width/6⌋.
 * All in fp32, as torch does it: angles reach 16,000, so that rounding shows, and models were trained with it.
 */
export function ropeTables(places: Places, width: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(Math.floor(width / 6));
  const still = (width % 6) / 2;
  const shares = sharesOf(places);
  const { rows, columns, beside = [] } = places;
  const frames = places.frames + beside.length;
  const cos = new Float32Array((frames * rows * columns * width) / 2);
  const sin = new Float32Array(cos.length);
  // Each axis turns by the same angles for all tokens that share its place.
  const turns = shares.map((list) =>
    list.map((share) => Float64Array.from(frequencies, (frequency) => fl(frequency * fl(fl(share * 2) - 1)))),
  );
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const axes = [turns[0]![frame]!, turns[1]![row]!, turns[2]![column]!];
        cos.fill(1, at, at + still);
        at += still;
        for (let j = 0; j < frequencies.length; j++) {
          for (const axis of axes) {
            cos[at] = Math.cos(axis[j]!);
            sin[at++] = Math.sin(axis[j]!);
          }
        }
      }
    }
  }
  return { cos, sin };
}

/** torch's powers are not correctly rounded at these of the 2B and the 13B model; the difference would turn by 2e-4. */
const torchRounding: Readonly<Record<number, readonly (readonly [j: number, frequency: number])[]>> = {
  341: [
    [91, 18.480260848999023],
    [194, 300.93505859375],
    [270, 2358.2529296875],
  ],
  682: [
    [134, 9.620501518249512],
    [263, 55.068965911865234],
    [551, 2707.3037109375],
  ],
};

/** (π/2) · 10000^(j/(K-1)), j = 0 .. K-1. */
export function ropeFrequencies(count: number): Float32Array {
  const step = count > 1 ? fl(1 / (count - 1)) : 0;
  const frequencies = Float32Array.from({ length: count }, (_, j) => {
    // torch's linspace counts from both ends.
    const share = fl(j < count / 2 ? step * j : 1 - step * (count - 1 - j));
    return fl(fl(fl(theta ** share) * fl(Math.PI)) / 2);
  });
  for (const [j, frequency] of torchRounding[count] ?? []) frequencies[j] = frequency;
  return frequencies;
}

/** Coordinates of each axis as shares of its extent, rounded as the pipelines round them. */
function sharesOf({ frames, rows, columns, time, scale, fps, timing, beside = [] }: Places): number[][] {
  const along = (length: number, place: (k: number) => number, extent: number) =>
    Array.from({ length }, (_, k) => fl(place(k) / extent));
  const picture = (number: number) => fl(number * fl(1 / fps));
  const frame = {
    even: (k: number) => fl(k * fl(time / fps)),
    causal: (k: number) => picture(Math.max(0, time * k + 1 - time)),
  }[timing];
  return [
    along(frames + beside.length, (k) => (k < frames ? frame(k) : picture(beside[k - frames]!)), extents[0]),
    along(rows, (k) => k * scale, extents[1]),
    along(columns, (k) => k * scale, extents[2]),
  ];
}
