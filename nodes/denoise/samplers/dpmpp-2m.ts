import { dpmpp2m as step } from '../dpmpp-multistep';
import { logSnrOf } from '../exponential';
import type { Sampler } from '../sampling';

/**
 * DPM-Solver++ 2M, midpoint (Lu et al. 2022, 2211.01095): a multistep solver over log-SNR that remembers the last foreseen
 * clip. The first step, and the last when it ends in a finished clip, are of first order. As diffusers has it.
 */
const dpmpp2m: Sampler = {
  name: 'dpmpp-2m',
  title: 'DPM++ 2M',
  says: 'Remembers the step before and bends the stride by it. Good from about 15 steps.',
  group: 'usual',
  place: 3,
  aliases: ['DPMSolverMultistepScheduler', 'EDMDPMSolverMultistepScheduler', 'dpm++'],
  spacing: 'dpm',
  calls: (steps) => steps,
  cfgpp: true,
  step: (x, at) => step(x, at, logSnrOf(at.process)),
};
export default dpmpp2m;
