import { renewGrowing } from './ancestral';
import { combine } from './combine';
import { logSigma, phi1, phi2 } from './exponential';
import type { Stepping } from './sampling';
import { ends, see } from './see';

/**
 * RES, refined exponential solver, as a multistep method of second order over ln sigma (Zhang et al. 2023, 2308.02157):
 * `x' = e^-h x + h (b1 clip + b2 clip before)`, b2 = phi_2(-h) / c, b1 = phi_1(-h) - b2, c the place of the step before.
 * With eta, noise is renewed as where it grows over the data, on flow models too. With CFG++ the clip that is stepped by
 * and remembered is the unguided one, and x is first moved by guidance.
 */
export async function resMultistep(x: Float32Array, at: Stepping, eta: number) {
  const [sigma, next] = ends(at);
  const { clip, away } = await see(x, at);
  const { arrays, numbers } = at.state;
  const [before, lastDown] = [arrays.before, numbers.down];
  const { down, noise } = renewGrowing(sigma, next, eta);
  arrays.before = away;
  numbers.down = down;
  if (next === 0) return { x: clip, foreseen: clip };
  const fresh = noise > 0 ? ([[noise, at.noise(at.index)]] as const) : [];
  const moved = at.cfgpp
    ? combine([
        [1, x],
        [1, clip],
        [-1, away],
      ])
    : x;
  if (!before || lastDown === undefined)
    return { x: combine([[down / sigma, moved], [1 - down / sigma, clip], ...fresh]), foreseen: clip };
  const { time } = logSigma;
  const h = time(down) - time(sigma);
  const c = (time(at.sigmas[at.index - 1]!) - time(lastDown)) / h;
  const b2 = phi2(-h) / c;
  return {
    x: combine([[Math.exp(-h), moved], [h * (phi1(-h) - b2), away], [h * b2, before], ...fresh]),
    foreseen: clip,
  };
}
