import { combine } from '../combine';
import { foresee, move } from '../flow';
import type { Sampler, Stepping } from '../sampling';
import { ends } from '../see';

/**
 * Heun++: looks one and two steps ahead and weighs what it sees there by how much noise is left, `w = sigma_there /
 * (count * sigma_first)`, so that early steps listen to the future and late ones go straight.
 */
const heunpp2: Sampler = {
  name: 'heunpp2',
  title: 'Heun++',
  says: 'Looks two steps ahead while there is much noise, and less and less later. Three times the work of Euler.',
  group: 'thorough',
  aliases: ['Heun++'],
  spacing: 'match-euler',
  calls: (steps) => Math.max(1, 3 * steps - 3),
  async step(x, at) {
    const [sigma, next] = ends(at);
    const here = await at.velocity(x, sigma, at.timesteps[at.index]);
    const seen = [here, ...(await lookAhead(x, here, at))];
    const weights = seen.map((_, k) => (k === 0 ? 0 : at.sigmas[at.index + k]! / (seen.length * at.sigmas[0]!)));
    weights[0] = 1 - weights.reduce((sum, weight) => sum + weight, 0);
    const ahead = combine([[1, x], ...seen.map((v, k) => [weights[k]! * (next - sigma), v] as const)]);
    return { x: ahead, foreseen: foresee(x, here, sigma) };
  },
};
export default heunpp2;

/** Velocities where Euler would be after this step and the next, as far as there are steps left. */
async function lookAhead(x: Float32Array, here: Float32Array, at: Stepping): Promise<Float32Array[]> {
  const { index, sigmas } = at;
  const left = sigmas.length - 2 - index;
  if (left < 1) return [];
  const near = move(x, here, sigmas[index + 1]! - sigmas[index]!);
  const first = await at.velocity(near, sigmas[index + 1]!, at.timesteps[index + 1]);
  if (left < 2) return [first];
  const far = move(near, first, sigmas[index + 2]! - sigmas[index + 1]!);
  return [first, await at.velocity(far, sigmas[index + 2]!, at.timesteps[index + 2])];
}
