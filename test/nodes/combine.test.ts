import { expect, test } from 'vitest';
import { combine } from '../../nodes/denoise/combine';
import { torchNoise } from '../../server/inference/noise';

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  '%i terms are added from the left in double precision and rounded once',
  (count) => {
    const weights = Array.from({ length: count }, (_, n) => Math.sin(n + 1) * 3 ** n);
    const arrays = weights.map((_, n) => torchNoise(n).normal(50));
    const wanted = Array.from({ length: 50 }, (_, i) =>
      Math.fround(weights.map((weight, n) => weight * arrays[n]![i]!).reduce((sum, value) => sum + value)),
    );
    expect([...combine(weights.map((weight, n) => [weight, arrays[n]!] as const))]).toEqual(wanted);
  },
);

test('an array of weight 0 is not looked at', () => {
  const holes = new Float32Array(3).fill(Number.NaN);
  const x = Float32Array.of(1, 2, 3);
  expect([
    ...combine([
      [2, x],
      [0, holes],
      [1, x],
    ]),
  ]).toEqual([3, 6, 9]);
});
