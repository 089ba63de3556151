import { combine } from './combine';
import { logSnrOf, phi1, phi2 } from './exponential';
import type { Stepping } from './sampling';
import { ends, foreseeAt, see } from './see';
import { NoisePath } from './stages';

/**
 * Exponential Heun in log-SNR: goes to the end of the step, looks there, and goes again with both clips, weighed by phi_1 and phi_2
 * (Hochbruck and Ostermann 2010, table 3.1, c2 = 1). With `eta` above 0 it is SEEDS-2 with its second look at the end.
 */
export async function exponentialHeun(x: Float32Array, at: Stepping, eta: number) {
  const [sigma, next] = ends(at);
  const { clip } = await see(x, at);
  if (next === 0) return { x: clip, foreseen: clip };
  const clock = logSnrOf(at.process);
  const ticks = clock.time(next) - clock.time(sigma);
  const noise = new NoisePath({ ...at, eta }).upTo(ticks, next);
  const all = (1 + eta) * ticks;
  const kept = [[(next / sigma) * Math.exp(-ticks * eta), x], ...(noise ? ([[next, noise]] as const) : [])] as const;
  const share = at.process.data(next) * all;
  const seen = await foreseeAt(combine([...kept, [share * phi1(-all), clip]]), next, at);
  const late = share * phi2(-all);
  return { x: combine([...kept, [share * phi1(-all) - late, clip], [late, seen]]), foreseen: clip };
}
