import { combine, type Terms } from './combine';
import { type Clock, logSigma } from './exponential';
import { recall, remember } from './history';
import type { Stepping } from './sampling';
import { ends, see } from './see';

/** B(h) of the paper: h itself, or e^h - 1, h negative. */
export type Scale = 'bh1' | 'bh2';

const highest = 3;

/**
 * UniPC of order 3 over ln sigma (Zhao et al. 2023, 2302.04867): a predictor, and a corrector that redoes the last step for
 * free once the network has been asked at its end. What comes before this step lies in the state: clips, newest first,
 * where the last step began, and its order.
 */
export async function unified(x: Float32Array, at: Stepping, scale: Scale) {
  const { state, index, sigmas } = at;
  const former = recall(state, 'clip');
  const { clip } = await see(x, at);
  const about = { at, scale, clock: logSigma };
  const from = former.length ? correct({ now: clip, former, order: state.numbers.order! }, about) : x;
  const order = Math.min(highest, former.length + 1, sigmas.length - 1 - index);
  remember(state, { name: 'clip', array: clip, most: highest });
  state.arrays.origin = from;
  state.numbers.order = order;
  const next = ends(at)[1];
  if (next === 0) return { x: clip, foreseen: clip };
  return { x: predict(from, { clip, former, order }, about), foreseen: clip };
}

interface About {
  at: Stepping;
  scale: Scale;
  clock: Clock;
}

function predict(
  x: Float32Array,
  { clip, former, order }: { clip: Float32Array; former: Float32Array[]; order: number },
  { at, scale, clock }: About,
): Float32Array {
  const time = (back: number) => clock.time(at.sigmas[at.index - back]!);
  const h = time(-1) - time(0);
  const r = Array.from({ length: order - 1 }, (_, k) => (time(k + 1) - time(0)) / h);
  const weights = order === 2 ? [0.5] : solve(r, targets(h, scale, order - 1));
  return assemble(x, { clip, others: former.slice(0, order - 1), weights, r }, { h, scale, ends: ends(at), clock });
}

function correct(
  { now, former, order }: { now: Float32Array; former: Float32Array[]; order: number },
  { at, scale, clock }: About,
): Float32Array {
  const time = (back: number) => clock.time(at.sigmas[at.index - 1 - back]!);
  const h = time(-1) - time(0);
  const r = [...Array.from({ length: order - 1 }, (_, k) => (time(k + 1) - time(0)) / h), 1];
  const weights = order === 1 ? [0.5] : solve(r, targets(h, scale, order));
  const others = [...former.slice(1, order), now];
  const between = [at.sigmas[at.index - 1]!, at.sigmas[at.index]!] as const;
  return assemble(
    at.state.arrays.origin!,
    { clip: former[0]!, others, weights, r },
    { h, scale, ends: between, clock },
  );
}

/** `s'/s x + data' (1 - e^-h) clip - data' B sum_k w_k (other_k - clip) / r_k`. */
function assemble(
  x: Float32Array,
  about: { clip: Float32Array; others: Float32Array[]; weights: number[]; r: number[] },
  step: { h: number; scale: Scale; ends: readonly [number, number]; clock: Clock },
): Float32Array {
  const { clip, others, weights, r } = about;
  const [sigma, next] = step.ends;
  const data = step.clock.data(next);
  const b = -data * scaled(step.h, step.scale);
  const bends = others.map((other, k) => [(b * weights[k]!) / r[k]!, other] as const);
  const total = bends.reduce((sum, [weight]) => sum + weight, 0);
  const straight: Terms = [
    [next / sigma, x],
    [-data * Math.expm1(-step.h) - total, clip],
  ];
  return combine([...straight, ...bends]);
}

const scaled = (h: number, scale: Scale) => (scale === 'bh1' ? -h : Math.expm1(-h));

/** The right-hand sides: b_j = j! phi_{j+1}(-h) (-h) / B for j = 1, 2, ... */
function targets(h: number, scale: Scale, count: number): number[] {
  const found: number[] = [];
  let phi = Math.expm1(-h) / -h - 1;
  let factorial = 1;
  for (let j = 1; j <= count; j++) {
    factorial *= j;
    found.push((phi * factorial) / scaled(h, scale));
    phi = phi / -h - 1 / (factorial * (j + 1));
  }
  return found;
}

/** Solves `sum_k r_k^(j-1) w_k = b_j`, a small Vandermonde system, by elimination with pivots. */
function solve(r: readonly number[], b: readonly number[]): number[] {
  const rows = b.map((value, j) => [...r.map((x) => x ** j), value]);
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    let best = column;
    for (let row = column; row < count; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[best]![column]!)) best = row;
    [rows[column], rows[best]] = [rows[best]!, rows[column]!];
    for (let row = 0; row < count; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= count; k++) rows[row]![k] = rows[row]![k]! - factor * rows[column]![k]!;
    }
  }
  return rows.map((row, j) => row[count]! / row[j]!);
}
