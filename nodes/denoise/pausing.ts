import type { LatentValue, Paused } from '../values';
import type { Process } from './process';
import type { Sigmas } from './sampling';

/** Bytes of a step, latent and memory, up to which `auto` keeps it; and how many it keeps at most, spread evenly. */
const smallBytes = 1 << 20;
const mostSteps = 32;

/** `auto`, `all`, `none`, `every 4`, or the numbers of steps: `3, 6, 10`. */
export const keepingPattern = /^\s*(auto|all|none|every\s+\d{1,4}|\d{1,4}(\s*,\s*\d{1,4})*)\s*$/;

/** Whether the latent after `step` steps of `of` is to be kept, when it takes so many bytes with what belongs to it. */
export function isKeptStep(keep: string, at: { step: number; of: number; bytes: number }): boolean {
  const { step, of, bytes } = at;
  const said = keep.trim();
  if (said === 'all') return true;
  if (said === 'none') return false;
  if (said === 'auto') return bytes <= smallBytes && step % Math.ceil(of / mostSteps) === 0;
  if (said.startsWith('every')) return step % Math.max(1, Number(said.slice(5))) === 0;
  return said.split(',').some((number) => Number(number) === step);
}

/** What a denoiser has come to after `done` steps of its list: all that another needs to go on to the very same bits. */
export function pausedAt(
  done: number,
  about: { sampler: string; list: Sigmas; state: Paused['state']; x: Float32Array | undefined },
): Paused {
  const { sampler, list, state, x } = about;
  return {
    sampler,
    sigmas: list.sigmas.slice(0, done + 1),
    timesteps: list.timesteps.slice(0, done),
    state: { arrays: { ...state.arrays, ...(x ? { x } : {}) }, numbers: { ...state.numbers } },
  };
}

/** Bytes that a paused clip holds. */
export const pausedBytes = ({ data, paused }: LatentValue): number =>
  Object.values(paused?.state.arrays ?? {}).reduce((sum, array) => sum + array.byteLength, data.byteLength);

/**
 * The list of a denoiser that goes on: the way that was gone, then what its own list has beyond the place where the clip is.
 * With unchanged settings this is the list of the one that paused; with other ones a new way from the same place.
 */
export function continued({ sigmas: gone, timesteps }: Paused, list: Sigmas, process: Process): Sigmas {
  const here = gone.at(-1)!;
  const rises = list.sigmas[0]! < list.sigmas.at(-1)!;
  const beyond = [...list.sigmas.keys()].filter((i) => (rises ? list.sigmas[i]! > here : list.sigmas[i]! < here));
  const rest = beyond.map((i) => list.sigmas[i]!);
  const asTold = list.sigmas.indexOf(here);
  const times = beyond.slice(0, -1).map((i) => list.timesteps[i]!);
  const first = list.timesteps[asTold] ?? process.timestepOf(here);
  return {
    sigmas: Float32Array.from([...gone, ...rest]),
    timesteps: Float32Array.from([...timesteps, ...(rest.length ? [first, ...times] : [])]),
  };
}

/** The clip to go on from. Throws a sentence when it has not been paused. */
export function pausedClip(clip: LatentValue | undefined): LatentValue & { paused: Paused } {
  if (clip?.paused) return { ...clip, paused: clip.paused };
  throw new Error(
    'The clip was not paused, so there is nothing to go on from. Connect the clip of a denoiser that pauses after a step before its last, or switch "Go on" off.',
  );
}
