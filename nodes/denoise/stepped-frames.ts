import type { LatentValue, PinsValue } from '../values';
import type { KnownFrames } from './known-frames';
import { overKnown, shown } from './pinning';

/** Sigmas that differ by less are one: times were rounded on their way. */
const rounding = 1e-6;

/**
 * Known frames of LTX-Video (0.9.5 and later) as LTXConditionPipeline of diffusers has them. A frame that claims to be at time
 * n is mixed with as much noise and stays so, at that time, while the clip is noisier; from the first step that begins at n
 * or below it is told the clip's time and stepped like the rest. Keyframes are latent frames behind the clip's own, with
 * the noise of the latent frame at whose pictures they lie; `time` pictures make one.
 */
export function steppedFrames(pins: PinsValue, noise: LatentValue, time: number): KnownFrames {
  const [channels, frames, height, width] = noise.shape;
  const { beside = [] } = pins;
  const plane = height * width;
  const all = frames + beside.length;
  const shape = [channels, all, height, width] as const;
  /** A clip and what belongs behind it: for each channel the clip's planes, then one for each keyframe. */
  const joined = (clip: Float32Array, behind: (index: number, channel: number) => Float32Array) => {
    const wide = new Float32Array(channels * all * plane);
    for (let channel = 0; channel < channels; channel++) {
      wide.set(clip.subarray(channel * frames * plane, (channel + 1) * frames * plane), channel * all * plane);
      for (let i = 0; i < beside.length; i++) wide.set(behind(i, channel), (channel * all + frames + i) * plane);
    }
    return wide;
  };
  const planeOf = (x: Float32Array, at: number) => x.subarray(at * plane, (at + 1) * plane);
  const places = beside.map(({ picture }) => Math.min(frames - 1, Math.ceil(picture / time)));
  const wide = (clip: Float32Array) =>
    beside.length ? joined(clip, (i, channel) => planeOf(clip, channel * frames + places[i]!)) : clip;
  const known: PinsValue = {
    ...pins,
    shape,
    data: joined(pins.data, (i, channel) => planeOf(beside[i]!.data, channel)),
    known: [...pins.known, ...beside.map(() => true)],
    noise: [...pins.noise, ...beside.map((one) => one.noise)],
  };
  const noisy = { data: wide(noise.data) };
  const isHeld = (frame: number, begun: number) => begun - rounding >= known.noise[frame]!;
  const heldAt = (begun: number): PinsValue => ({
    ...known,
    known: known.known.map((is, frame) => is && isHeld(frame, begun)),
  });
  const kept = (x: Float32Array, begun: number) => shown(x, heldAt(begun), noisy);
  return {
    shape,
    beside: beside.map(({ picture }) => picture),
    wide,
    // What is to be stepped from the start on is mixed with where the clip begins.
    begin: (x, sigma) => kept(shown(x, known, { data: x }), sigma),
    kept,
    shown: (x, { begun }) => kept(x, begun),
    times: ({ timestep }) =>
      known.known.map((is, frame) => (is ? Math.min(timestep, 1000 * known.noise[frame]!) : timestep)),
    // What samplers remember of a held frame is the clip foreseen from its own time.
    velocity: (answer, { sigma, begun }) => {
      const slowed = answer.slice();
      overKnown(heldAt(begun), (start, end, frame) => {
        const share = sigma > 0 ? Math.min(1, known.noise[frame]! / sigma) : 0;
        for (let i = start; i < end; i++) slowed[i] = share * answer[i]!;
      });
      return slowed;
    },
    clip: (x) => {
      if (!beside.length) return x;
      const clip = new Float32Array(channels * frames * plane);
      for (let channel = 0; channel < channels; channel++) {
        const from = channel * all * plane;
        clip.set(x.subarray(from, from + frames * plane), channel * frames * plane);
      }
      return clip;
    },
  };
}
