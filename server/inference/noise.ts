import type { NoiseSource } from '../../nodes/machine';
import { cosSin, lanes, ln } from './noise-float32';
import { Mt19937 } from './noise-mt19937';

const fl = Math.fround;
const twoPi = fl(2 * Math.PI);
const block = 16;
const half = block / 2;

/**
 * A stream equal, bit for bit, to `torch.Generator('cpu').manual_seed(seed)` on x86 machines with AVX2.
 * `seed` is a whole number; torch keeps its low 32 bits only.
 *
 * Like torch's, `normal` has two ways: below 16 values a double-precision Box-Muller that keeps its second value for the
 * next call, from 16 values on an fp32 one in blocks of 16. A stream read in pieces therefore differs from one read whole.
 */
export function torchNoise(seed: number): NoiseSource {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`The seed ${seed} is not a whole number below 2^53. Enter a whole number.`);
  }
  const generator = new Mt19937(seed);
  let kept: number | undefined;

  function single(): number {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    const turn = 2 * Math.PI * generator.double();
    const radius = Math.sqrt(-2 * Math.log1p(-generator.double()));
    kept = radius * Math.sin(turn);
    return radius * Math.cos(turn);
  }

  return {
    normal(count) {
      const data = new Float32Array(count);
      if (count < block) {
        for (let i = 0; i < count; i++) data[i] = single();
        return data;
      }
      generator.fill(data);
      boxMuller(data.subarray(0, count - (count % block)));
      if (count % block !== 0) {
        // torch draws the last block anew, over values that were already made.
        const last = data.subarray(count - block);
        generator.fill(last);
        boxMuller(last);
      }
      return data;
    },
  };
}

const chance = new Float32Array(lanes);
const angle = new Float32Array(lanes);
const log = new Float32Array(lanes);
const cosine = new Float32Array(lanes);
const sine = new Float32Array(lanes);

/** Makes normal numbers of even ones, in place, in whole blocks: the first half of a block says how far, the second where. */
function boxMuller(data: Float32Array): void {
  for (let start = 0; start < data.length; start += 2 * lanes) {
    // Lanes beyond the end hold what they held before, and nobody looks at them.
    const count = Math.min(lanes, (data.length - start) >> 1);
    for (let k = 0; k < count; k++) {
      const i = start + k + (k & -half);
      chance[k] = 1 - data[i]!;
      angle[k] = twoPi * data[i + half]!;
    }
    ln(log, chance);
    cosSin(cosine, sine, angle);
    for (let k = 0; k < count; k++) {
      const i = start + k + (k & -half);
      const radius = fl(Math.sqrt(fl(-2 * log[k]!)));
      data[i] = radius * cosine[k]!;
      data[i + half] = radius * sine[k]!;
    }
  }
}
