import { combine } from './combine';

/** Halvings of the longest path that is looked at: sigmas nearer to each other than 2^-24 are one. */
const deepest = 24;

/**
 * One Brownian path over the sigmas from 0 to `largest`, as noise of unit variance for any span of it (a virtual Brownian
 * tree, Li et al. 2020, 2001.01328): the middle of a span lies between its ends by a bridge, `W(m) = (W(a) + W(b)) / 2 +
 * sqrt(b - a) / 2 noise`, and what is drawn there is named by the place, not by when it was asked for. So more steps
 * refine the same path. `draw` gives N(0, 1) for a place: which halving, and which middle of it.
 */
export class BrownianPath {
  private readonly depth: number;
  private whole: Float32Array | undefined;
  /** Values at the middles on the way to the place that was asked for last: the next one shares most of them. */
  private readonly known = new Map<string, Float32Array>();

  constructor(
    private readonly largest: number,
    sigmas: ArrayLike<number>,
    private readonly draw: (level: number, place: number) => Float32Array,
  ) {
    let nearest = largest;
    for (let i = 1; i < sigmas.length; i++) {
      const gap = Math.abs(sigmas[i - 1]! - sigmas[i]!);
      if (gap > 0) nearest = Math.min(nearest, gap);
    }
    // Places within a step lie at its third or half; a quarter of that is near enough to tell them apart.
    this.depth = Math.min(deepest, Math.ceil(Math.log2((12 * largest) / nearest)));
  }

  /** Noise of the span between two sigmas: the path's difference over it, at unit variance. */
  over(from: number, to: number): Float32Array {
    const places = 2 ** this.depth;
    const [high, low] = [from, to].map((sigma) => Math.round((Math.min(sigma, this.largest) / this.largest) * places));
    if (high === low) return this.draw(deepest + 1, high!);
    const scale = 1 / Math.sqrt(Math.abs(high! - low!) / places);
    return combine([
      [scale, this.at(high!)],
      [-scale, this.at(low!)],
    ]);
  }

  /** W at a place of the finest grid, its whole length being 1. */
  private at(place: number): Float32Array {
    this.whole ??= this.draw(0, 0);
    let [start, end] = [0, 2 ** this.depth];
    let low: Float32Array = new Float32Array(this.whole.length);
    let high = this.whole;
    const seen = new Set<string>();
    for (let level = 1; place !== start && place !== end; level++) {
      const middle = (start + end) / 2;
      const index = start / (end - start);
      const name = `${level}.${index}`;
      const value =
        this.known.get(name) ??
        combine([
          [0.5, low],
          [0.5, high],
          [Math.sqrt((end - start) / 2 ** this.depth) / 2, this.draw(level, index)],
        ]);
      this.known.set(name, value);
      seen.add(name);
      if (place < middle) [end, high] = [middle, value];
      else [start, low] = [middle, value];
    }
    for (const name of this.known.keys()) if (!seen.has(name)) this.known.delete(name);
    return place === start ? low : high;
  }
}
