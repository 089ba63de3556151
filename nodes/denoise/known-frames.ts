import type { LatentValue, ModelCard, PinsValue } from '../values';
import { overwritten, shown, timesOf } from './pinning';
import { steppedFrames } from './stepped-frames';

/** Where in a denoising: the sigma looked at, its time (0..1000), and the sigma at which this step began. */
export interface Place {
  sigma: number;
  timestep: number;
  begun: number;
}

/** How a denoising deals with the frames that are known of its clip. No function changes an array it is given. */
export interface KnownFrames {
  /** What samplers work on: the clip and, behind its own, the latent frames that are shown beside it. */
  shape: LatentValue['shape'];
  /** The pictures of the film that the latter stand for. */
  beside?: readonly number[];
  /** An array of the clip's size as one of `shape`. */
  wide(clip: Float32Array): Float32Array;
  /** The latent with which a denoising begins at this sigma. */
  begin(x: Float32Array, sigma: number): Float32Array;
  /** The same for one that goes on, and after each step, with the sigma at which that began. */
  kept(x: Float32Array, begun: number): Float32Array;
  /** What the network is shown. */
  shown(x: Float32Array, at: Place): Float32Array;
  /** What it is told: a time for the clip, or one for each latent frame of `shape`. */
  times(at: Place): number | readonly number[];
  /** What samplers are told of its answer. */
  velocity(answer: Float32Array, at: Place): Float32Array;
  /** The clip itself, finished or as foreseen. */
  clip(x: Float32Array): Float32Array;
}

/** `pins` that the network takes as channels of their own are no matter of the denoising. */
export function knownFrames(
  pins: PinsValue | undefined,
  { noise, card }: { noise: LatentValue; card: ModelCard },
): KnownFrames {
  const plain: KnownFrames = {
    shape: noise.shape,
    wide: (x) => x,
    begin: (x) => x,
    kept: (x) => x,
    shown: (x) => x,
    times: ({ timestep }) => timestep,
    velocity: (answer) => answer,
    clip: (x) => x,
  };
  if (!pins || card.pinsBy) return plain;
  if (card.keyframes) return steppedFrames(pins, noise, card.latent.time);
  return {
    ...plain,
    shown: (x) => shown(x, pins, noise),
    times: ({ timestep }) => timesOf(pins, timestep),
    clip: (x) => overwritten(x, pins),
  };
}
