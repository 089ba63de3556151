import type { LatentValue } from '../values';
import { combine } from './combine';
import { move } from './flow';
import type { Process } from './process';

/**
 * Where a denoising begins: pure noise; a given clip under as much noise as the first sigma says; or the clip as it is, when
 * it holds its noise already.
 */
export function startFrom(
  { noise, clip, isNoisy }: { noise: LatentValue; clip: LatentValue | undefined; isNoisy: boolean },
  { sigma, process }: { sigma: number; process: Process },
): Float32Array {
  if (clip && isNoisy) return clip.data;
  if (process.name === 'flow') {
    if (!clip) return noise.data;
    return move(move(clip.data, clip.data, -sigma), noise.data, sigma);
  }
  if (!clip) return combine([[Math.sqrt(1 + sigma * sigma), noise.data]]);
  return combine([
    [1, clip.data],
    [sigma, noise.data],
  ]);
}
