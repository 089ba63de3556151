import { foresee } from '../flow';
import type { Sampler } from '../sampling';

/**
 * Goes to the clip as foreseen and back under fresh noise: `x = data' x0 + sigma' noise`. What models distilled to a
 * few steps are taught to (Yin et al. 2024, 2405.14867). FlowMatchLCMScheduler of diffusers.
 */
const lcm: Sampler = {
  name: 'lcm',
  title: 'LCM',
  says: 'Jumps to the finished clip and back under fresh noise. For models distilled to a few steps, such as FastWan.',
  group: 'usual',
  place: 6,
  aliases: ['LCM', 'FlowMatchLCMScheduler', 'LCMScheduler', 'dmd', 'HeliosDMDScheduler'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  async step(x, at) {
    const sigma = at.sigmas[at.index]!;
    const foreseen = foresee(x, await at.velocity(x, sigma, at.timesteps[at.index]), sigma);
    const next = at.sigmas[at.index + 1]!;
    if (next === 0) return { x: foreseen, foreseen };
    const noise = at.noise(at.index);
    const data = at.process.name === 'flow' ? 1 - next : 1;
    const noisy = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) noisy[i] = data * foreseen[i]! + next * noise[i]!;
    return { x: noisy, foreseen };
  },
};
export default lcm;
