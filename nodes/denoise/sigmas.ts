import type { CheckpointSpacing } from '../values';
import type { FlowSpacing, Schedule, Sigmas } from './sampling';

/** More steps than this make no list finer: there are 1000 training times. */
const longest = 10_000;

/**
 * The sigmas of a denoising. With `strength` below 1 only the last part of a longer list is used, so that a clip is
 * reworked instead of made afresh: a list of `steps / strength` steps, of which the last `steps` are taken (as ComfyUI's
 * `denoise`). Steps that would not move (schedules on a table repeat themselves when asked for too many) are dropped.
 */
export function sigmasFor(
  schedule: Schedule,
  about: { steps: number; shift: number; spacing: FlowSpacing; own?: CheckpointSpacing | undefined; strength: number },
): Sigmas {
  const { steps, shift, spacing, own, strength } = about;
  if (strength <= 0) return { sigmas: new Float32Array(1), timesteps: new Float32Array(0) };
  const all = Math.max(1, Math.min(Math.floor(steps / strength), longest));
  const list = moving(schedule.make({ steps: all, shift, spacing, own }));
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
