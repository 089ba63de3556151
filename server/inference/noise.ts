import type { NoiseSource } from '../../nodes/machine';
import { cosSin, ln } from './noise-float32';
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
  const pair = new Float64Array(2);
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

  function boxMuller(data: Float32Array, start: number): void {
    for (let i = start; i < start + half; i++) {
      const radius = fl(Math.sqrt(fl(-2 * ln(1 - data[i]!))));
      cosSin(fl(twoPi * data[i + half]!), pair);
      data[i] = radius * pair[0]!;
      data[i + half] = radius * pair[1]!;
    }
  }

  function fill(data: Float32Array, start: number): void {
    for (let i = start; i < data.length; i++) data[i] = generator.float();
  }

  return {
    normal(count) {
      const data = new Float32Array(count);
      if (count < block) {
        for (let i = 0; i < count; i++) data[i] = single();
        return data;
      }
      fill(data, 0);
      for (let i = 0; i + block <= count; i += block) boxMuller(data, i);
      if (count % block !== 0) {
        // torch draws the last block anew, over values that were already made.
        fill(data, count - block);
        boxMuller(data, count - block);
      }
      return data;
    },
  };
}
