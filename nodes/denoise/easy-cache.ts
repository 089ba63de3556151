import type { Stepping } from './sampling';

/** Below so many steps neighbours differ too much to be told from each other. */
const fewest = 10;
/** The part of the steps that is always computed: they decide the layout. */
const always = 0.2;

/** Velocities of one moment: under the wanted text and, where guidance is on, under the unwanted one. */
export interface Velocities {
  wanted: Float32Array;
  unwanted?: Float32Array;
}

/** What a guess must not cross: the step, whether both texts are asked, and which of two networks answers. */
interface Moment {
  index: number;
  isGuided: boolean;
  isSecond: boolean;
}

/**
 * EasyCache (Zhou et al. 2025, 2507.02860): while the network's answer is expected to have changed by less than
 * `threshold` since it was last asked, what it then added to its input is added to the new one. The expectation is the
 * change of the input times the rate k at which answers changed with inputs before. All it remembers lies in `state`, so
 * that a run that is broken off goes on to the same bits.
 */
export class EasyCache {
  private readonly isOn: boolean;

  constructor(
    private readonly threshold: number,
    private readonly steps: number,
    private readonly state: Stepping['state'],
  ) {
    this.isOn = threshold > 0 && steps >= fewest;
  }

  /** Velocities foretold for the input `x`, or null when the network is to be asked. */
  guess(x: Float32Array, at: Moment): Velocities | null {
    if (!this.isOn) return null;
    const { arrays, numbers } = this.state;
    const { 'cache.before': before, 'cache.wanted': wanted, 'cache.unwanted': unwanted } = arrays;
    arrays['cache.before'] = x;
    const isFree = at.index >= Math.ceil(always * this.steps) && at.index < this.steps - 1;
    const rate = numbers['cache.rate'];
    const isSame = numbers['cache.second'] === Number(at.isSecond) && (!at.isGuided || unwanted !== undefined);
    const sum =
      before && rate !== undefined
        ? numbers['cache.sum']! + (rate * meanDifference(x, before)) / numbers['cache.size']!
        : Infinity;
    if (!isFree || !isSame || !wanted || !(sum < this.threshold)) return null;
    numbers['cache.sum'] = sum;
    return { wanted: plus(x, wanted), ...(at.isGuided && unwanted ? { unwanted: plus(x, unwanted) } : {}) };
  }

  /** Remembers what the network said to the input `x`. */
  keep(x: Float32Array, { wanted, unwanted }: Velocities, at: Moment): void {
    if (!this.isOn) return;
    const { arrays, numbers } = this.state;
    const { 'cache.input': input, 'cache.wanted': offset } = arrays;
    if (input && offset && numbers['cache.second'] === Number(at.isSecond)) {
      const moved = meanDifference(x, input);
      if (moved > 0) numbers['cache.rate'] = meanDifference(wanted, plus(input, offset)) / moved;
    } else delete numbers['cache.rate'];
    arrays['cache.input'] = x;
    arrays['cache.wanted'] = minus(wanted, x);
    if (unwanted) arrays['cache.unwanted'] = minus(unwanted, x);
    else delete arrays['cache.unwanted'];
    numbers['cache.size'] = meanDifference(wanted, null);
    numbers['cache.sum'] = 0;
    numbers['cache.second'] = Number(at.isSecond);
  }
}

/** mean |a - b|, or mean |a|. */
function meanDifference(a: Float32Array, b: Float32Array | null): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - (b ? b[i]! : 0));
  return sum / a.length;
}

const plus = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, i) => x + b[i]!);
const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, i) => x - b[i]!);
