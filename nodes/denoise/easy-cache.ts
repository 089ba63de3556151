import type { Said } from './guiding';
import type { Stepping } from './sampling';

/** Below so many steps neighbours differ too much to be told from each other. */
const fewest = 10;
/** The part of the steps that is always computed: they decide the layout. */
const always = 0.2;

/** What a guess must not cross: the step, which texts are asked beside the wanted one, and which of two networks answers. */
interface Moment {
  index: number;
  asks: readonly ('unwanted' | 'other')[];
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
  guess(x: Float32Array, at: Moment): Said | null {
    if (!this.isOn) return null;
    const { arrays, numbers } = this.state;
    const { 'cache.before': before, 'cache.wanted': wanted } = arrays;
    arrays['cache.before'] = x;
    const isFree = at.index >= Math.ceil(always * this.steps) && at.index < this.steps - 1;
    const rate = numbers['cache.rate'];
    const isSame = numbers['cache.second'] === Number(at.isSecond) && at.asks.every((text) => arrays[`cache.${text}`]);
    const sum =
      before && rate !== undefined
        ? numbers['cache.sum']! + (rate * meanDifference(x, before)) / numbers['cache.size']!
        : Infinity;
    if (!isFree || !isSame || !wanted || !(sum < this.threshold)) return null;
    numbers['cache.sum'] = sum;
    return {
      wanted: plus(x, wanted),
      ...Object.fromEntries(at.asks.map((text) => [text, plus(x, arrays[`cache.${text}`]!)])),
    };
  }

  /** Remembers what the network said to the input `x`. */
  keep(x: Float32Array, said: Said, at: Moment): void {
    if (!this.isOn) return;
    const { arrays, numbers } = this.state;
    const { 'cache.input': input, 'cache.wanted': offset } = arrays;
    const { wanted } = said;
    if (input && offset && numbers['cache.second'] === Number(at.isSecond)) {
      const moved = meanDifference(x, input);
      if (moved > 0) numbers['cache.rate'] = meanDifference(wanted, plus(input, offset)) / moved;
    } else delete numbers['cache.rate'];
    arrays['cache.input'] = x;
    arrays['cache.wanted'] = minus(wanted, x);
    for (const text of ['unwanted', 'other'] as const) {
      const one = said[text];
      if (one) arrays[`cache.${text}`] = minus(one, x);
      else delete arrays[`cache.${text}`];
    }
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
