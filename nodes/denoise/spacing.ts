import { evenly } from './flow';
import type { Process } from './process';
import type { Sigmas } from './sampling';

/** A falling list with the 0 of a finished clip at its end, and times that say what they mean. */
export const finished = (sigmas: readonly number[], process: Process): Sigmas => timed([...sigmas, 0], process);

/** A list as it is, rounded to fp32, with the time of every sigma a step begins at. */
export function timed(sigmas: ArrayLike<number>, process: Process): Sigmas {
  const list = Float32Array.from(sigmas);
  return { sigmas: list, timesteps: Float32Array.from(list.subarray(0, -1), process.timestepOf) };
}

/** `count` sigmas whose 7th roots are even: close together near the clean end (Karras et al. 2022, 2206.00364, eq. 5). */
export function karrasBetween(largest: number, smallest: number, count: number): number[] {
  const rho = 7;
  return evenly(largest ** (1 / rho), smallest ** (1 / rho), count).map((root) => root ** rho);
}

/** `count` sigmas in geometric progression. */
export function exponentialBetween(largest: number, smallest: number, count: number): number[] {
  return evenly(Math.log(largest), Math.log(smallest), count).map(Math.exp);
}

/**
 * The quantile function of the symmetric Beta(a, a) distribution, for 0 <= p <= 1. By Newton's method, kept inside a
 * shrinking bracket, on the power series of the incomplete beta integral over [0, 1/2], which converges like 2^-k there.
 */
export function betaQuantile(p: number, a: number): number {
  if (p > 0.5) return 1 - betaQuantile(1 - p, a);
  if (p <= 0) return 0;
  const wanted = p * 2 * incompleteBeta(0.5, a);
  let low = 0;
  let high = 0.5;
  let x = Math.min(0.5, (wanted * a) ** (1 / a));
  for (let i = 0; i < 100; i++) {
    const over = incompleteBeta(x, a) - wanted;
    if (over > 0) high = x;
    else low = x;
    const slope = (x * (1 - x)) ** (a - 1);
    const next = x - over / slope;
    const kept = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(kept - x) < 1e-15) return kept;
    x = kept;
  }
  return x;
}

/** The integral of (t (1 - t))^(a - 1) over [0, x], for x <= 1/2. */
function incompleteBeta(x: number, a: number): number {
  let term = 1;
  let total = 0;
  for (let k = 0; k < 80; k++) {
    total += term / (a + k);
    term *= (x * (k + 1 - a)) / (k + 1);
  }
  return x ** a * total;
}
