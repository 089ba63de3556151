import type { Process } from './process';

/** How a step renews noise: go down to sigma `down`, keep this share of the result, and add so much noise. */
export interface Renewal {
  down: number;
  keep: number;
  noise: number;
}

/**
 * Renewal where noise grows over the data: down to a lower sigma, and up again to the next one by fresh noise, of
 * `up^2 = eta^2 next^2 (sigma^2 - next^2) / sigma^2` (Song et al. 2020, 2010.02502, eq. 16).
 */
export function renewGrowing(sigma: number, next: number, eta: number): Renewal {
  const up = Math.min(next, eta * Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2));
  return { down: Math.sqrt(next ** 2 - up ** 2), keep: 1, noise: up };
}

/**
 * The same for a flow, whose data shrinks as noise comes: down to `next (1 + (next / sigma - 1) eta)`, then the whole is
 * scaled to the share of data at `next`, and what its noise is short of is added.
 */
function renewFlow(sigma: number, next: number, eta: number): Renewal {
  const down = next * (1 + (next / sigma - 1) * eta);
  return { down, ...raised('flow', down, next) };
}

/** From sigma `down` up to `next` by fresh noise: the share that is kept, and how much noise comes to it. */
export function raised(name: Process['name'], down: number, next: number): Pick<Renewal, 'keep' | 'noise'> {
  const keep = name === 'flow' ? (1 - next) / (1 - down) : 1;
  return { keep, noise: Math.sqrt(Math.max(0, next ** 2 - (down * keep) ** 2)) };
}

/** Renewal as the process wants it. */
export const renew = (process: Process, [sigma, next]: readonly [number, number], eta: number): Renewal =>
  process.name === 'flow' ? renewFlow(sigma, next, eta) : renewGrowing(sigma, next, eta);
