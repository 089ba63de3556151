import { expect, test } from 'vitest';
import { fma } from '../../server/inference/noise-float32';

const fl = Math.fround;
const bits = new DataView(new ArrayBuffer(8));

/** A finite fp32 number as a whole number of units of 2^-298: the smallest bit that a product of two can have. */
function exact(x: number): bigint {
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const power = Number((word >> 52n) & 0x7ffn);
  const digits = (word & 0xfffffffffffffn) | (power ? 1n << 52n : 0n);
  const shift = (power || 1) - 1075 + 298;
  const size = shift >= 0 ? digits << BigInt(shift) : digits >> BigInt(-shift);
  return word >> 63n ? -size : size;
}

/** Whether `found` is the fp32 number nearest to a * b + c, with the even one of two that are equally near. */
function isNearest(found: number, [a, b, c]: readonly [number, number, number]): boolean {
  const wanted = ((exact(a) * exact(b)) >> 298n) + exact(c); // exact for the sizes below
  const off = (x: number) => {
    const distance = exact(x) - wanted;
    return distance < 0n ? -distance : distance;
  };
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, found);
  const word = view.getInt32(0);
  const isEven = (word & 1) === 0;
  return [-1, 1].every((step) => {
    view.setInt32(0, word + step);
    const other = off(view.getFloat32(0));
    return off(found) < other || (off(found) === other && isEven);
  });
}

test('one rounding, also where rounding to double first lands exactly half way', () => {
  // c is fp32, a * b a little more or less than half a unit of it: the double sum is the very half way point.
  const cases: [number, number, number][] = [];
  for (const sign of [1, -1])
    for (const odd of [0, 1])
      for (const [a, b] of [
        [1 + 2 ** -23, 2 ** -24],
        [1 - 2 ** -24, 2 ** -24],
        [1 + 2 ** -12, 2 ** -24 * (1 + 2 ** -12)],
        [1 + 2 ** -23, 2 ** -24 * (1 - 2 ** -23)],
        [1 - 2 ** -24, 2 ** -24 * (1 + 2 ** -23)],
      ] as const)
        cases.push([sign * a, b, sign * (1 + odd * 2 ** -23)], [-sign * a, b, sign * (1 + odd * 2 ** -23)]);
  for (const one of cases) {
    expect(one.map(fl)).toEqual(one);
    expect([one, isNearest(fma(...one), one)]).toEqual([one, true]);
  }
});

test('one rounding for numbers at random, of sizes that make the last bits meet', () => {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const number = (power: number) =>
    fl((random() < 0.5 ? -1 : 1) * (1 + random()) * 2 ** (power - Math.floor(30 * random())));
  for (let i = 0; i < 20_000; i++) {
    const one = [number(0), number(0), number(10)] as const;
    if (!isNearest(fma(...one), one)) throw new Error(`fma(${one.join(', ')}) = ${fma(...one)} is not the nearest.`);
  }
});
