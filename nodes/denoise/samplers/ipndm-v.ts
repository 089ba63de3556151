import { adamsBashforth } from '../adams-bashforth';
import type { Sampler } from '../sampling';

/** The stride to come and the three before it, each negative. */
function strides(sigmas: readonly number[], next: number): number[] {
  return [next - sigmas[0]!, ...sigmas.slice(1).map((sigma, k) => sigmas[k]! - sigma)];
}

/**
 * Weights in strides h, a, b, c (newest first), as the authors' code has them. On even steps they are Adams-Bashforth's;
 * on uneven ones the third-order part is not quite: a pair of brackets was left out there, and people's results rest on it.
 */
function weights(sigmas: readonly number[], next: number): number[] {
  const [h, a, b, c] = strides(sigmas, next) as [number, number, number, number];
  const order = sigmas.length;
  if (order === 1) return [h];
  const first = [1 + h / (2 * a), -h / (2 * a), 0, 0];
  const t = order > 2 ? (1 - (h / (3 * (h + a))) * ((h * (h + a)) / (a * (a + b)))) / 2 : 0;
  const second = order > 2 ? [t, -(1 + a / b) * t, (t * a) / b, 0] : [0, 0, 0, 0];
  const third = [0, 0, 0, 0];
  if (order > 3) {
    const inner = (1 - h / (3 * (h + a))) / 2 + ((1 - h / (2 * (h + a))) * h) / (6 * (h + a + b));
    const u = (inner * h * (h + a) * (h + a + b)) / (a * (a + b) * (a + b + c));
    const p = (a * (a + b)) / (b * (b + c));
    third.splice(0, 4, u, -(1 + a / b + p) * u, (a / b + p * (1 + b / c)) * u, (-p * a * u) / b);
  }
  return Array.from({ length: order }, (_, k) => h * (first[k]! + second[k]! + third[k]!));
}

/** iPNDM with weights for uneven steps (Zhang and Chen 2022, 2204.13902; Zhou et al. 2023, 2312.00094). */
const ipndmV: Sampler = {
  name: 'ipndm-v',
  title: 'iPNDM v',
  says: 'iPNDM that minds how long its strides are. For schedules with uneven steps.',
  group: 'steady',
  aliases: ['ipndm_v'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  step: (x, at) => adamsBashforth(x, at, { order: 4, weights }),
};
export default ipndmV;
