import { renew, renewGrowing } from '../ancestral';
import { combine } from '../combine';
import type { Process } from '../process';
import type { Sampler } from '../sampling';
import { ends, see, seeAt } from '../see';

/**
 * DPM-Solver++ of order 2 in one step, down to a sigma below the next one and up by fresh noise (Lu et al. 2022,
 * 2211.01095). The second look is from the middle in log-SNR; of a step that begins in pure noise, from just below it.
 */
const dpmpp2sAncestral: Sampler = {
  name: 'dpmpp-2s-ancestral',
  title: 'DPM++ 2S ancestral',
  says: 'Looks from the middle of each step and adds fresh noise at its end. Twice the work per step.',
  group: 'noisy',
  aliases: ['dpmpp_2s_ancestral', 'DPM++ 2S a'],
  spacing: 'match-euler',
  calls: (steps) => 2 * steps - 1,
  cfgpp: true,
  renews: true,
  async step(x, at) {
    const [sigma, next] = ends(at);
    const { clip, away } = await see(x, at);
    const { down, keep, noise } = at.cfgpp
      ? renewGrowing(sigma, next, at.eta)
      : renew(at.process, [sigma, next], at.eta);
    if (next === 0 || down === 0) return { x: clip, foreseen: clip };
    const middle = at.cfgpp ? Math.sqrt(sigma * down) : middleOf(at.process, sigma, down);
    const there = combine([
      [middle / sigma, at.cfgpp ? moved(x, clip, away) : x],
      [1 - middle / sigma, clip],
    ]);
    const seen = await seeAt(there, middle, at);
    return {
      x: combine([
        [(keep * down) / sigma, at.cfgpp ? moved(x, clip, seen.away) : x],
        [keep * (1 - down / sigma), seen.clip],
        ...(noise > 0 ? ([[noise, at.noise(at.index)]] as const) : []),
      ]),
      foreseen: clip,
    };
  },
};
export default dpmpp2sAncestral;

const middleOf = (process: Process, sigma: number, down: number): number =>
  process.name === 'flow' && sigma >= 1
    ? 0.9999
    : process.sigmaOfLogSnr((process.logSnr(sigma) + process.logSnr(down)) / 2);

/** With CFG++ x is moved by guidance first; at the end by that which was seen from the middle, as ComfyUI has it. */
const moved = (x: Float32Array, clip: Float32Array, away: Float32Array): Float32Array =>
  combine([
    [1, x],
    [1, clip],
    [-1, away],
  ]);
