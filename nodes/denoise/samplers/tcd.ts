import { raised } from '../ancestral';
import { combine } from '../combine';
import type { Sampler, Stepping } from '../sampling';
import { ends, see } from '../see';

/**
 * Strategic stochastic sampling of trajectory consistency models (Zheng et al. 2024, 2402.19159, algorithm 4): one stride
 * along the trajectory to a time below the next one, `s = (1 - eta) t'`, and up to it again by fresh noise. With eta 0 it
 * is DDIM, with eta 1 consistency sampling. As in diffusers' TCDScheduler s is rounded down to a whole time where noise grows.
 */
const tcd: Sampler = {
  name: 'tcd',
  title: 'TCD',
  says: 'For models distilled to a few steps: below the next step and up again by noise. Its authors take fresh noise 0.3.',
  group: 'noisy',
  aliases: ['TCDScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  renews: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip } = await see(x, at);
    if (next === 0) return { x: clip, foreseen: clip };
    const down = below(next, at);
    const { keep, noise } = raised(at.process.name, down, next);
    return {
      x: combine([
        [(keep * down) / sigma, x],
        [keep * (1 - down / sigma), clip],
        ...(at.eta > 0 && noise > 0 ? ([[noise, at.noise(at.index)]] as const) : []),
      ]),
      foreseen: clip,
    };
  },
};
export default tcd;

/** The sigma at the share 1 - eta of the time of `next`. */
function below(next: number, { eta, process }: Stepping): number {
  if (eta === 0) return next;
  if (process.name === 'flow') return (1 - eta) * next;
  return process.sigmaOf(Math.floor((1 - eta) * process.timestepOf(next)));
}
