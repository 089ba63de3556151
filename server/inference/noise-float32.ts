/**
 * Single-precision arithmetic that gives, bit for bit, what vector units with fused multiply-add give.
 * The logarithm, sine and cosine are the Cephes polynomials in the order of operations torch's AVX2 code has.
 */
const fl = Math.fround;
const bits = new Int32Array(1);
const asFloat = new Float32Array(bits.buffer);
const doubleBits = new Uint32Array(2);
const asDouble = new Float64Array(doubleBits.buffer);

/** a * b + c with one rounding to fp32; the arguments are fp32 values. */
export function fma(a: number, b: number, c: number): number {
  const product = a * b; // 48 significant bits at most: exact in a double
  const sum = product + c;
  const rounded = fl(sum);
  const off = sum - rounded;
  // Rounding twice can only go wrong where the double lies exactly half way between two fp32 neighbours.
  if (off === 0 || fl(sum + off) !== sum + off) return rounded;
  return fl(towardsOdd(product, c, sum));
}

/** The double sum rounded to odd (Boldo and Melquiond, 2008), so that the next rounding is as if it were the first. */
function towardsOdd(a: number, b: number, sum: number): number {
  const back = sum - a;
  const error = a - (sum - back) + (b - back); // Knuth's TwoSum
  if (error === 0) return sum;
  asDouble[0] = sum;
  const low = doubleBits[0]!;
  if (low & 1) return sum;
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

const sqrtHalf = fl(0.70710677);
const ln0 = fl(7.0376836292e-2);
const ln1 = fl(-1.151461031e-1);
const ln2 = fl(1.167699874e-1);
const ln3 = fl(-1.2420140846e-1);
const ln4 = fl(1.4249322787e-1);
const ln5 = fl(-1.6668057665e-1);
const ln6 = fl(2.0000714765e-1);
const ln7 = fl(-2.4999993993e-1);
const ln8 = fl(3.3333331174e-1);
const ln2Low = fl(-2.1219444e-4);
const ln2High = fl(0.693359375);

/** Natural logarithm of a positive, normal fp32 number. */
export function ln(x: number): number {
  asFloat[0] = x;
  let exponent = (bits[0]! >> 23) - 126;
  bits[0] = (bits[0]! & 0x7fffff) | 0x3f000000;
  const mantissa = asFloat[0]; // in [0.5, 1)
  let r = fl(mantissa - 1);
  if (mantissa < sqrtHalf) {
    exponent -= 1;
    r = fl(r + mantissa);
  }
  const z = fl(r * r);
  let p = fma(ln0, r, ln1);
  p = fma(p, r, ln2);
  p = fma(p, r, ln3);
  p = fma(p, r, ln4);
  p = fma(p, r, ln5);
  p = fma(p, r, ln6);
  p = fma(p, r, ln7);
  p = fma(p, r, ln8);
  let y = fma(fl(p * r), z, fl(exponent * ln2Low));
  y = fma(-z, 0.5, y);
  return fma(exponent, ln2High, fl(r + y));
}

const fourOverPi = fl(1.27323954473516);
const quarter0 = fl(-0.78515625);
const quarter1 = fl(-2.4187564849853516e-4);
const quarter2 = fl(-3.774894977445941e-8);
const cos0 = fl(2.443315711809948e-5);
const cos1 = fl(-1.388731625493765e-3);
const cos2 = fl(4.166664568298827e-2);
const sin0 = fl(-1.9515295891e-4);
const sin1 = fl(8.3321608736e-3);
const sin2 = fl(-1.6666654611e-1);

/** Sets `at[0]` to the cosine and `at[1]` to the sine of an fp32 angle >= 0. */
export function cosSin(angle: number, at: Float64Array): void {
  const j = (Math.trunc(fl(angle * fourOverPi)) + 1) & ~1;
  let r = fma(j, quarter0, angle);
  r = fma(j, quarter1, r);
  r = fma(j, quarter2, r);
  const z = fl(r * r);
  let c = fma(fma(cos0, z, cos1), z, cos2);
  c = fl(fma(fl(c * z), z, -fl(z / 2)) + 1);
  let s = fma(fma(sin0, z, sin1), z, sin2);
  s = fma(fl(s * z), r, r);
  const swapped = (j & 2) !== 0;
  const sine = swapped ? c : s;
  const cosine = swapped ? s : c;
  at[0] = ((j - 2) & 4) === 0 ? -cosine : cosine;
  at[1] = (j & 4) === 0 ? sine : -sine;
}
