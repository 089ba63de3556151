import { evenly } from '../../nodes/denoise/flow';
import { type Prediction, shownTo, velocityBy } from '../../nodes/denoise/prediction';
import { growing, type Process } from '../../nodes/denoise/process';
import type { Sampler, Sigmas } from '../../nodes/denoise/sampling';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { betaQuantile, timed } from '../../nodes/denoise/spacing';
import { torchNoise } from '../../server/inference/noise';
import { drive, dummySample, type State, sumAbs } from './drive';

/** The configurations of diffusers' own scheduler tests. */
export const betas = { first: 0.0001, last: 0.02, curve: 'linear' } as const;
export const plain = growing(betas);
export const longer = growing({ ...betas, count: 1100 });
export const stable = growing({ first: 0.00085, last: 0.012, curve: 'scaled-linear' });

/** Their dummy model: what it is shown, times t / (t + 1). */
export const dummy = (x: Float32Array, t: number) => x.map((value) => (value * t) / (t + 1));
export const reversed = (x: Float32Array) => x.slice().reverse();

/** What their tests look at: the sum of absolute values, their mean, and single values in memory order. */
export interface Figures {
  sum: number;
  mean: number;
  at: (i: number) => number;
}
export const figures = (x: Float32Array): Figures => ({
  sum: sumAbs(x),
  mean: sumAbs(x) / x.length,
  at: (i) => x[i]!,
});

/** Draws from one torch generator, in the order in which they are asked for. */
export function draws(seed: number, size = 768) {
  const generator = torchNoise(seed);
  return () => generator.normal(size);
}

/** The same for schedulers that draw at every step, whether they use it or not. */
export function drawnAtEveryStep(seed: number, steps: number, size = 768) {
  const all = Array.from({ length: steps }, draws(seed, size));
  return (index: number) => all[index]!;
}

/** The foreseen clip kept between black and white. */
export const clipped = (clip: Float32Array) => clip.map((value) => Math.min(1, Math.max(-1, value)));

/** Dynamic thresholding as the suite sets it: bounds of 1 and at most .5 leave .5, whatever the quantile (Saharia et al. 2022, 2205.11487). */
export const thresholded = (clip: Float32Array) => clipped(clip.map((value) => value / 0.5));

/**
 * A scheduler whose x has unit variance: ours is that times sqrt(sigma^2 + 1). `from` starts at a later step, from the
 * sample with noise added unless `other` is null.
 */
export async function atUnitVariance(
  sampler: Sampler,
  about: {
    list: Sigmas;
    process: Process;
    prediction?: Prediction;
    noise?: (index: number) => Float32Array;
    eta?: number;
    from?: number;
    sample?: Float32Array;
    other?: null;
    /** Changes what is foreseen. */
    mends?: (clip: Float32Array) => Float32Array;
    /** Takes down every time that the network is told. */
    times?: number[];
  },
): Promise<Figures> {
  const { list, process, prediction = 'epsilon', from = 0, mends, sample = dummySample() } = about;
  const { other = from > 0 ? reversed(sample) : null } = about;
  const first = list.sigmas[from]!;
  const x = other
    ? sample.map((value, i) => value + first * other[i]!)
    : sample.map((value) => value * Math.sqrt(first * first + 1));
  const { latents } = await drive(sampler, {
    x,
    list,
    from: { index: from, state: { arrays: {}, numbers: {} } },
    process,
    eta: about.eta,
    noise: about.noise,
    velocity(at, sigma, t) {
      about.times?.push(t);
      const found = velocityBy(prediction, { answer: dummy(shownTo(prediction, at, sigma), t), x: at, sigma });
      if (!mends) return found;
      const clip = mends(found.map((v, i) => at[i]! - sigma * v));
      return clip.map((value, i) => (at[i]! - value) / sigma);
    },
  });
  return figures(shownTo(prediction, latents.at(-1)!, list.sigmas.at(-1)!));
}

/** Whole times and the sigmas there, ending in the smallest of the table. */
export function wholeTimes(process: Process, steps = 10): Sigmas {
  const list = schedules.flow.make({ steps, process, spacing: 'dpm' });
  const sigmas = Float32Array.from(list.sigmas);
  sigmas[steps] = process.smallest;
  return { ...list, sigmas };
}

/** Given sigmas with the smallest at the end; times are made whole in the one way or the other. */
export function respaced(sigmas: number[], process: Process, whole: (time: number) => number): Sigmas {
  const list = timed([...sigmas, process.smallest], process);
  return { ...list, timesteps: list.timesteps.map(whole) };
}

/** Sigmas at given whole times, then one that ends them. */
export function atTimes(times: readonly number[], process: Process, end: number): Sigmas {
  const list = timed([...times.map((time) => process.table[time]!), end], process);
  return { ...list, timesteps: Float32Array.from(times) };
}

/** So many sigmas between two, by quantiles of Beta(.6, .6). */
export const quantilesBetween = (largest: number, smallest: number, count: number) =>
  evenly(1, 0, count).map((p) => smallest + betaQuantile(p, 0.6) * (largest - smallest));

/**
 * Schedulers of k-diffusion's kind. The suite's own loops put the sample scaled for the model in the sample's place before
 * every step, and so must these.
 */
export async function overwriting(
  sampler: Sampler,
  about: { list: Sigmas; process: Process; prediction?: Prediction; noise?: () => Float32Array; from?: number },
): Promise<Figures> {
  const { list, process, prediction = 'epsilon', from = 0 } = about;
  const sample = dummySample();
  const other = reversed(sample);
  const strongest = Math.max(...list.sigmas);
  let x: Float32Array = sample.map((value, i) => value * strongest + (from ? list.sigmas[from]! * other[i]! : 0));
  let state: State = { arrays: {}, numbers: {} };
  for (let index = from; index < list.timesteps.length; index++) {
    const scaled = shownTo('epsilon', x, list.sigmas[index]!);
    let isFirst = true;
    const done = await drive(sampler, {
      x: scaled,
      list,
      process,
      noise: about.noise,
      from: { index, state },
      upTo: index + 1,
      velocity: (at, sigma, t) => {
        const shown = isFirst ? at : shownTo('epsilon', at, sigma);
        isFirst = false;
        return velocityBy(prediction, { answer: dummy(shown, t), x: shown, sigma });
      },
    });
    x = done.latents.at(-1)!;
    state = done.state;
  }
  return figures(x);
}
