import type { CheckpointSpacing } from '../values';
import { shifted } from './flow';
import type { Process } from './process';
import type { Sampler, Schedule, Sigmas } from './sampling';
import { timed } from './spacing';

/** More steps than this make no list finer: there are 1000 training times. */
const longest = 10_000;

/** How a sampler wants its list: what `Sampler` says of it. */
export type Wishes = Pick<Sampler, 'spacing' | 'skipsOne'>;

/**
 * The sigmas of a denoising. With `strength` below 1 only the last part of a longer list is used, so that a clip is
 * reworked instead of made afresh: a list of `steps / strength` steps, of which the last `steps` are taken (as ComfyUI's
 * `denoise`). Steps that would not move (schedules on a table repeat themselves when asked for too many) are dropped.
 */
export function sigmasFor(
  schedule: Schedule,
  about: {
    steps: number;
    process: Process;
    sampler: Wishes;
    own?: CheckpointSpacing | undefined;
    strength: number;
  },
): Sigmas {
  const { steps, process, sampler, own, strength } = about;
  if (strength <= 0) return { sigmas: new Float32Array(1), timesteps: new Float32Array(0) };
  const all = Math.max(1, Math.min(Math.floor(steps / strength), longest));
  const skips = sampler.skipsOne && schedule.name !== 'flow' ? 1 : 0;
  const made = schedule.make({ steps: all + skips, process, spacing: sampler.spacing, own });
  const list = moving(skips ? withoutLastButOne(made) : made);
  if (strength >= 1) return list;
  const kept = Math.max(1, Math.min(steps, list.timesteps.length, Math.round(list.timesteps.length * strength)));
  const from = list.timesteps.length - kept;
  return { sigmas: list.sigmas.slice(from), timesteps: list.timesteps.slice(from) };
}

function moving({ sigmas, timesteps }: Sigmas): Sigmas {
  const kept = [...timesteps.keys()].filter((i) => sigmas[i]! > sigmas[i + 1]!);
  return {
    sigmas: Float32Array.from([...kept.map((i) => sigmas[i]!), sigmas.at(-1)!]),
    timesteps: Float32Array.from(kept, (i) => timesteps[i]!),
  };
}

function withoutLastButOne({ sigmas, timesteps }: Sigmas): Sigmas {
  const kept = (_: number, i: number) => i !== timesteps.length - 1;
  return { sigmas: sigmas.filter((_, i) => i !== sigmas.length - 2), timesteps: timesteps.filter(kept) };
}

/** A list as this sampler can go it: begun just below pure noise, or on strides of its own. */
export function fittedTo(sampler: Pick<Sampler, 'startsBelow' | 'respace'>, list: Sigmas, process: Process): Sigmas {
  if (sampler.respace) return timed(sampler.respace(list.sigmas), process);
  if (!sampler.startsBelow || process.name !== 'flow' || !(list.sigmas[0]! >= 1)) return list;
  const sigmas = Float32Array.from(list.sigmas);
  sigmas[0] = shifted(1 - 1e-4, process.shift);
  return {
    sigmas,
    timesteps: Float32Array.from(list.timesteps, (time, i) => (i ? time : process.timestepOf(sigmas[0]!))),
  };
}
