import { expect, test } from 'vitest';
import { boxMuller } from '../../server/inference/noise-box-muller';

const all = 2 ** 24;

/**
 * torch 2.13.0 was made to transform the same numbers, by states written into its generator. The sum stands for its
 * results: each one's bits times an odd number of its own, modulo 2^32, so that no single wrong bit leaves it as it is.
 */
test('every number that can come in, as radius and as angle, gives the bits torch gives', () => {
  const { words, normals, run } = boxMuller;
  const bits = new Int32Array(normals.buffer, normals.byteOffset, normals.length);
  const pairs = words.length / 2;
  let sum = 0;
  for (let start = 0; start < all; start += pairs) {
    const here = Math.min(pairs, all - start);
    for (let k = 0; k < here; k++) {
      const at = k + (k & -8); // eight of the first, eight of the second
      words[at] = start + k;
      words[at + 8] = Math.imul(start + k, 0x9e3779); // odd: each of the 2^24 once
    }
    run();
    for (let i = 0; i < 2 * here; i++) sum = (sum + Math.imul(bits[i]!, 2 * (2 * start + i) + 1)) | 0;
  }
  expect(sum >>> 0).toBe(3811006965);
});
