/**
 * Single-precision arithmetic that gives, bit for bit, what vector units with fused multiply-add give. The logarithm, sine
 * and cosine are the Cephes polynomials in the order of operations torch's AVX2 code has, over `lanes` values at once: what
 * one waits for, others use.
 */
export const lanes = 128;
const fl = Math.fround;
const lane = () => new Float32Array(lanes);

const sums = new Float64Array(1);
const words = new Int32Array(sums.buffer);
/** The bits of a double that fp32 has no room for, and what they are exactly half way between two fp32 neighbours. */
const spare = 0x1fffffff;
const halfway = 0x10000000;
const doubleBits = new Uint32Array(2);
const asDouble = new Float64Array(doubleBits.buffer);

/** a * b + c with one rounding to fp32; the arguments are fp32 values, the result is a normal one or 0. */
export function fma(a: number, b: number, c: number): number {
  const sum = a * b + c; // the product has 48 significant bits at most: exact in a double
  sums[0] = sum;
  // Rounding twice can only go wrong half way. Anything longer here would not be put in place by the compiler.
  return (words[0]! & spare) === halfway ? fl(towardsOdd(a * b, c, sum)) : fl(sum);
}

/** The double sum rounded to odd (Boldo and Melquiond, 2008), so that the next rounding is as if it were the first. */
function towardsOdd(a: number, b: number, sum: number): number {
  const back = sum - a;
  const error = a - (sum - back) + (b - back); // Knuth's TwoSum
  if (error === 0) return sum;
  asDouble[0] = sum;
  const low = doubleBits[0]!;
  // An even last bit above half a unit: one step towards the error makes it odd. Half way points end in zeros, so a step
  // down borrows from the high word.
  const away = error > 0 === sum > 0;
  if (away) doubleBits[0] = low + 1;
  else {
    doubleBits[0] = low - 1;
    if (low === 0) doubleBits[1] = doubleBits[1]! - 1;
  }
  return asDouble[0];
}

const powers = (...values: number[]) => Float64Array.from(values, fl);

/** y = ((p0 x + p1) x + p2) ..., four lanes side by side. */
function polynomial(y: Float32Array, x: Float32Array, p: Float64Array): void {
  for (let k = 0; k < lanes; k += 4) {
    const x0 = x[k]!;
    const x1 = x[k + 1]!;
    const x2 = x[k + 2]!;
    const x3 = x[k + 3]!;
    let y0 = p[0]!;
    let y1 = y0;
    let y2 = y0;
    let y3 = y0;
    for (let n = 1; n < p.length; n++) {
      const next = p[n]!;
      y0 = fma(y0, x0, next);
      y1 = fma(y1, x1, next);
      y2 = fma(y2, x2, next);
      y3 = fma(y3, x3, next);
    }
    y[k] = y0;
    y[k + 1] = y1;
    y[k + 2] = y2;
    y[k + 3] = y3;
  }
}

const mantissa = lane();
const bits = new Int32Array(mantissa.buffer);
const exponent = new Int32Array(lanes);
const rest = lane();
const square = lane();
const curve = lane();
/** Digits of the root of a half, 0.70710677. */
const rootDigits = 0x3504f3;
const lnPowers = powers(
  ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1],
  ...[2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
);
const ln2Low = fl(-2.1219444e-4);
const ln2High = fl(0.693359375);

/** Natural logarithms of positive, normal fp32 numbers. */
export function ln(out: Float32Array, x: Float32Array): void {
  mantissa.set(x);
  for (let k = 0; k < lanes; k++) {
    // In [0.5, 1), or twice that where it is less than the root of a half: 1, without a branch that nothing foresees.
    const digits = bits[k]! & 0x7fffff;
    const isLow = (digits - rootDigits) >>> 31;
    exponent[k] = (bits[k]! >> 23) - 126 - isLow;
    bits[k] = (digits | 0x3f000000) + (isLow << 23);
    rest[k] = mantissa[k]! - 1; // exact
  }
  polynomial(curve, rest, lnPowers);
  for (let k = 0; k < lanes; k++) {
    const r = rest[k]!;
    const e = exponent[k]!;
    const z = fl(r * r);
    const y = fma(fl(curve[k]! * r), z, fl(e * ln2Low));
    out[k] = fma(e, ln2High, fl(r + fma(-z, 0.5, y)));
  }
}

const fourOverPi = fl(1.27323954473516);
const quarter0 = fl(-0.78515625);
const quarter1 = fl(-2.4187564849853516e-4);
const quarter2 = fl(-3.774894977445941e-8);
const cosPowers = powers(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);
const sinPowers = powers(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const bend = lane();
const either = new Float64Array(2);

/** Cosines and sines of fp32 angles >= 0. */
export function cosSin(cosine: Float32Array, sine: Float32Array, angle: Float32Array): void {
  for (let k = 0; k < lanes; k++) {
    const a = angle[k]!;
    const j = (Math.trunc(fl(a * fourOverPi)) + 1) & ~1;
    const r = fma(j, quarter2, fma(j, quarter1, fma(j, quarter0, a)));
    exponent[k] = j;
    rest[k] = r;
    square[k] = r * r;
  }
  polynomial(curve, square, cosPowers);
  polynomial(bend, square, sinPowers);
  for (let k = 0; k < lanes; k++) {
    const r = rest[k]!;
    const z = square[k]!;
    const j = exponent[k]!;
    const c = fl(fma(fl(curve[k]! * z), z, -z / 2) + 1);
    const s = fma(fl(bend[k]! * z), r, r);
    const isSwapped = (j & 2) >> 1;
    either[isSwapped] = c;
    either[1 - isSwapped] = s;
    cosine[k] = (((j - 2) & 4) / 2 - 1) * either[0]!;
    sine[k] = (1 - (j & 4) / 2) * either[1]!;
  }
}
