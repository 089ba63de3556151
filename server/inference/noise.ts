import type { NoiseSource } from '../../nodes/machine';
import { boxMuller } from './noise-box-muller';
import { Mt19937 } from './noise-mt19937';

const block = 16;

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

  /** Fills a part of whole blocks; what is over at the end of another is of no use yet. */
  function draw(part: Float32Array): void {
    generator.fill(boxMuller.words.subarray(0, part.length));
    boxMuller.run();
    part.set(boxMuller.normals.subarray(0, part.length));
  }

  return {
    normal(count) {
      const data = new Float32Array(count);
      if (count < block) {
        for (let i = 0; i < count; i++) data[i] = single();
        return data;
      }
      for (let i = 0; i < count; i += boxMuller.normals.length) draw(data.subarray(i, i + boxMuller.normals.length));
      // torch draws the last block anew, over values that were already made.
      if (count % block !== 0) draw(data.subarray(count - block));
      return data;
    },
  };
}
