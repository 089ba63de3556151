import type { CheckpointSpacing } from '../values';
import type { Process } from './process';
import type { Sampler, Schedule, Sigmas } from './sampling';
import { fittedTo, sigmasFor } from './sigmas';
import { timed } from './spacing';

/**
 * The list of sigmas a denoiser goes by: its schedule's or one that was given, of it the steps that were asked for, as the
 * sampler can go it. A list that stops early ends in a finished clip unless the noise is to be left.
 */
export function listFor(about: {
  params: { steps: number; strength: number; startStep: number; endStep: number | null; leftover: boolean };
  sampler: Sampler;
  schedule: Schedule;
  process: Process;
  own: CheckpointSpacing | undefined;
  given: Float32Array | undefined;
}): Sigmas {
  const { params, sampler, schedule, process, own, given } = about;
  const { startStep, endStep, leftover } = params;
  const list = given ? timed(given, process) : sigmasFor(schedule, { ...params, process, sampler, own });
  if (given && given[0]! < given.at(-1)! && !sampler.reverses)
    throw new Error(
      `The given schedule rises, which leads from a clip to noise, and ${sampler.title} only goes the other way. Take Euler or Heun, or turn the schedule round.`,
    );
  const end = Math.min(endStep ?? list.timesteps.length, list.timesteps.length);
  const begin = Math.min(startStep, end);
  const sigmas = list.sigmas.slice(begin, end + 1);
  if (end < list.timesteps.length && !leftover && end > begin) sigmas[sigmas.length - 1] = 0;
  return fittedTo(sampler, { sigmas, timesteps: list.timesteps.slice(begin, end) }, process);
}
