import type { LatentValue } from '../values';
import { combine } from './combine';
import { move } from './flow';
import type { Process } from './process';

/** From the last but one training time on noise is taken for pure: checkpoints' own lists begin there and expect it whole. */
const nearlyPure = ({ table }: Process) => table.at(-2)! * (1 - 1e-6);

/**
 * Where a denoising begins: pure noise, or as much of it as the first sigma says over nothing at all; a given clip under as much noise as the first sigma says; or the clip as it is, when
 * it holds its noise already.
 */
export function startFrom(
  { noise, clip, isNoisy }: { noise: LatentValue; clip: LatentValue | undefined; isNoisy: boolean },
  { sigma, process }: { sigma: number; process: Process },
): Float32Array {
  if (clip && isNoisy) return clip.data;
  if (process.name === 'flow') {
    if (!clip) return sigma < nearlyPure(process) ? combine([[sigma, noise.data]]) : noise.data;
    return move(move(clip.data, clip.data, -sigma), noise.data, sigma);
  }
  if (!clip) return combine([[Math.sqrt(1 + sigma * sigma), noise.data]]);
  return combine([
    [1, clip.data],
    [sigma, noise.data],
  ]);
}
