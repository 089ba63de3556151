import { type Code, f32x4, f64x2, i32x4, Routine, v128 } from './wasm';

const { add, subtract, multiply } = f32x4;
const { and, xor } = v128;
const fl = Math.fround;

/** How many values are made at a time: whole blocks of 16, and what the twister gives at a time. */
const count = 624;
/** Half a block, in bytes. */
const half = 32;

/**
 * Box and Muller's normal numbers as torch makes them on processors with AVX2, bit for bit: what is put into `words` (32 random
 * bits each) `run` replaces by normal numbers, to be read as `normals`. Of a block of 16 the first half says how far, the
 * second where.
 *
 * Logarithm, sine and cosine are the Cephes polynomials in torch's order of operations. torch multiplies and adds with one
 * rounding to fp32. Here the product is exact in fp64, and the sum is rounded to fp64 and again to fp32; that this never
 * differs has been tried for each of the 2^24 numbers that can come in (`test/inference/noise-box-muller.test.ts`).
 */
export const boxMuller = make();

function make() {
  const r = new Routine();
  const keep = (value: Code) => r.keep(value);
  const whole = (value: number) => keep(i32x4.constant(value));
  const single = (value: number) => keep(f32x4.constant(value));
  const double = (value: number): Wide => {
    const both = keep(f64x2.constant(fl(value)));
    return [both, both];
  };
  const wide = (value: Code): Wide => [keep(f64x2.widenLow(value)), keep(f64x2.widenHigh(value))];
  const narrow = ([low, high]: Wide) => keep(f32x4.join(f32x4.round(low), f32x4.round(high)));
  /** ((p0 x + p1) x + p2) ..., each step rounded to fp32. */
  const polynomial = (x: Wide, [first, ...more]: Wide[]) =>
    narrow(more.reduce((y, next, n) => fma(n === 0 ? y : rounded(y), x, next), first!));

  const [bits24, toOne, one, pointFive, minusTwo] = [
    whole(0xffffff),
    single(2 ** -24),
    single(1),
    single(0.5),
    single(-2),
  ];
  const [w1, w2, w4, w126] = [whole(1), whole(2), whole(4), whole(126)];
  const chance = (word: Code) => multiply(f32x4.fromWhole(and(word, bits24)), toOne);

  const [digitBits, pointFiveBits] = [whole(0x7fffff), whole(0x3f000000)];
  /** Digits of the root of a half, 0.70710677. */
  const rootDigits = whole(0x3504f3);
  const [ln2Low, ln2High] = [single(-2.1219444e-4), single(0.693359375)];
  const lnPowers = [
    ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1],
    ...[2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
  ].map(double);
  /** Natural logarithm of positive, normal numbers. */
  const ln = (x: Code) => {
    // In [0.5, 1), or twice that where it is less than the root of a half: `isLow` is -1 there.
    const digits = keep(and(x, digitBits));
    const isLow = keep(i32x4.lessThan(digits, rootDigits));
    const mantissa = i32x4.subtract(v128.or(digits, pointFiveBits), i32x4.shiftLeft(isLow, 23));
    const e = keep(f32x4.fromWhole(i32x4.add(i32x4.subtract(i32x4.shiftRight(x, 23), w126), isLow)));
    const rest = keep(subtract(mantissa, one));
    const z = keep(multiply(rest, rest));
    const curve = keep(multiply(polynomial(wide(rest), lnPowers), rest));
    const y = narrow(fma(wide(curve), wide(z), wide(keep(multiply(e, ln2Low)))));
    // These two products are exact in fp32.
    return add(multiply(e, ln2High), add(rest, subtract(y, multiply(z, pointFive))));
  };

  const even = whole(~1);
  const fourOverPi = single(1.27323954473516);
  /** -pi / 4 in three parts: products of the first two with 0, 2, 4, 6 or 8 are exact in fp32. */
  const [quarter1, quarter2] = [single(-0.78515625), single(-2.4187564849853516e-4)];
  const quarter3 = double(-3.774894977445941e-8);
  const minusHalf = double(-0.5);
  const cosPowers = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(double);
  const sinPowers = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(double);
  /** Cosine and sine of angles from 0 to 2 pi. */
  const cosSin = (angle: Code) => {
    const eighths = keep(i32x4.add(i32x4.truncate(multiply(angle, fourOverPi)), w1));
    const j = keep(and(eighths, even));
    const turns = keep(f32x4.fromWhole(j));
    const near = keep(add(add(angle, multiply(turns, quarter1)), multiply(turns, quarter2)));
    const rest = narrow(fma(wide(turns), quarter3, wide(near)));
    const square = keep(multiply(rest, rest));
    const [r1, z] = [wide(rest), wide(square)];
    const bend = keep(multiply(polynomial(z, cosPowers), square));
    const c = keep(add(narrow(fma(wide(bend), z, times(z, minusHalf))), one));
    const s = narrow(fma(wide(keep(multiply(polynomial(z, sinPowers), square))), r1, r1));
    const isSwapped = keep(i32x4.shiftRight(i32x4.shiftLeft(j, 30), 31));
    const sign = (bit4: Code) => i32x4.shiftLeft(bit4, 29);
    return {
      cosine: xor(v128.select(s, c, isSwapped), sign(xor(and(i32x4.subtract(j, w2), w4), w4))),
      sine: xor(v128.select(c, s, isSwapped), sign(and(j, w4))),
    };
  };

  const [twoPi, zero] = [single(2 * Math.PI), single(0)];
  r.loop({ from: 0, to: 4 * count, stride: 2 * half }, (at) => {
    for (const lane of [0, 16]) {
      const log = ln(keep(subtract(one, chance(v128.load(at, lane)))));
      const radius = keep(f32x4.squareRoot(multiply(minusTwo, log)));
      const { cosine, sine } = cosSin(keep(multiply(twoPi, chance(v128.load(at, lane + half)))));
      // torch adds the mean: -0 becomes 0.
      r.do(v128.store(at, lane, add(multiply(radius, cosine), zero)));
      r.do(v128.store(at, lane + half, add(multiply(radius, sine), zero)));
    }
  });
  const { memory, run } = r.compile();
  return { words: new Uint32Array(memory, 0, count), normals: new Float32Array(memory, 0, count), run };
}

/** Four numbers as two pairs of fp64. */
type Wide = readonly [low: Code, high: Code];

function times(a: Wide, b: Wide): Wide {
  return [f64x2.multiply(a[0], b[0]), f64x2.multiply(a[1], b[1])];
}

/** a b + c, not yet rounded to fp32. */
function fma(a: Wide, b: Wide, c: Wide): Wide {
  const product = times(a, b);
  return [f64x2.add(product[0], c[0]), f64x2.add(product[1], c[1])];
}

function rounded([low, high]: Wide): Wide {
  return [f64x2.widenLow(f32x4.round(low)), f64x2.widenLow(f32x4.round(high))];
}
