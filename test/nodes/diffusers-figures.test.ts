import { describe, expect, test } from 'vitest';
import { evenly } from '../../nodes/denoise/flow';
import { type Prediction, shownTo, velocityBy } from '../../nodes/denoise/prediction';
import { between, growing, type Process } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sampler, Sigmas } from '../../nodes/denoise/sampling';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { betaQuantile, exponentialBetween, karrasBetween, timed } from '../../nodes/denoise/spacing';
import { torchNoise } from '../../server/inference/noise';
import { drive, dummySample, type State, sumAbs } from './drive';

/** The configurations of diffusers' own scheduler tests. */
const betas = { first: 0.0001, last: 0.02, curve: 'linear' } as const;
const plain = growing(betas);
const longer = growing({ ...betas, count: 1100 });
const stable = growing({ first: 0.00085, last: 0.012, curve: 'scaled-linear' });

/** Their dummy model: what it is shown, times t / (t + 1). */
const dummy = (x: Float32Array, t: number) => x.map((value) => (value * t) / (t + 1));
const reversed = (x: Float32Array) => x.slice().reverse();

interface Figures {
  sum: number;
  at: (i: number) => number;
}
const figures = (x: Float32Array): Figures => ({ sum: sumAbs(x), at: (i) => x[i]! });

/** Draws from one torch generator, in the order in which they are asked for. */
function draws(seed: number, size = 768) {
  const generator = torchNoise(seed);
  return () => generator.normal(size);
}

/**
 * A scheduler whose x has unit variance: ours is that times sqrt(sigma^2 + 1). `from` starts at a later step from a sample
 * with noise added.
 */
async function atUnitVariance(
  sampler: Sampler,
  about: {
    list: Sigmas;
    process: Process;
    prediction?: Prediction;
    noise?: () => Float32Array;
    eta?: number;
    from?: number;
    clips?: boolean;
  },
): Promise<Figures> {
  const { list, process, prediction = 'epsilon', from = 0 } = about;
  const rest = { sigmas: list.sigmas.slice(from), timesteps: list.timesteps.slice(from) };
  const first = rest.sigmas[0]!;
  const sample = dummySample();
  const other = reversed(sample);
  const x = from
    ? sample.map((value, i) => value + first * other[i]!)
    : sample.map((value) => value * Math.sqrt(first * first + 1));
  const { latents } = await drive(sampler, {
    x,
    list: rest,
    process,
    eta: about.eta,
    noise: about.noise,
    velocity(at, sigma, t) {
      const found = velocityBy(prediction, { answer: dummy(shownTo(prediction, at, sigma), t), x: at, sigma });
      if (!about.clips) return found;
      // The foreseen clip is kept between -1 and 1, which are black and white.
      return found.map((v, i) => (at[i]! - Math.min(1, Math.max(-1, at[i]! - sigma * v))) / sigma);
    },
  });
  return figures(shownTo(prediction, latents.at(-1)!, list.sigmas.at(-1)!));
}

/** Whole times and the sigmas there, ending in the smallest of the table. */
function wholeTimes(process: Process, steps = 10): Sigmas {
  const list = schedules.flow.make({ steps, process, spacing: 'dpm' });
  const sigmas = Float32Array.from(list.sigmas);
  sigmas[steps] = process.smallest;
  return { ...list, sigmas };
}

/** Given sigmas with the smallest at the end; times are made whole in the one way or the other. */
function respaced(sigmas: number[], process: Process, whole: (time: number) => number): Sigmas {
  const list = timed([...sigmas, process.smallest], process);
  return { ...list, timesteps: list.timesteps.map(whole) };
}

describe('samples of unit variance', () => {
  const { unipc, 'dpmpp-2m': dpm, 'dpmpp-2m-sde': sde, 'dpmpp-2m-sde-heun': heun, 'deis-2': deis } = samplers;
  const karras = () => respaced(karrasBetween(plain.largest, plain.smallest, 10), plain, Math.round);
  const even = () => respaced(exponentialBetween(plain.largest, plain.smallest, 10), plain, Math.trunc);
  const quantiles = () =>
    respaced(
      evenly(1, 0, 10).map((p) => plain.smallest + betaQuantile(p, 0.6) * (plain.largest - plain.smallest)),
      plain,
      Math.trunc,
    );

  test('UniPC', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    const epsilon = await atUnitVariance(unipc, about);
    expect(epsilon.sum).toBeCloseTo(189.231842, 2);
    expect(epsilon.at(1)).toBeCloseTo(0.002569968, 7);
    expect(epsilon.at(767)).toBeCloseTo(0.4927913, 5);
    expect((await atUnitVariance(unipc, { ...about, prediction: 'v' })).sum).toBeCloseTo(77.872482, 2);
    const late = await atUnitVariance(unipc, { ...about, from: 8 });
    expect(late.sum).toBeCloseTo(315.575684, 2);
    expect(late.at(1)).toBeCloseTo(0.345697, 5);
    expect(late.at(767)).toBeCloseTo(0.476802, 5);
  });

  test('DPM-Solver++ 2M: epsilon, v, and its other spacings', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    const epsilon = await atUnitVariance(dpm, about);
    expect(epsilon.sum).toBeCloseTo(253.551422, 2);
    expect(epsilon.at(767)).toBeCloseTo(0.6602901, 5);
    const mean = async (list: Sigmas) => (await atUnitVariance(dpm, { ...about, list, prediction: 'v' })).sum / 768;
    expect(await mean(about.list)).toBeCloseTo(0.22509634, 5);
    expect(await mean(karras())).toBeCloseTo(0.20919818, 5);
    expect((await atUnitVariance(dpm, { ...about, list: even() })).sum).toBeCloseTo(209.233902, 2);
    expect((await atUnitVariance(dpm, { ...about, list: quantiles() })).sum).toBeCloseTo(64.922272, 2);
  });

  test('DPM-Solver++ 2M with noise of seed 0, and weighed over the whole stride', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    const found = await atUnitVariance(sde, { ...about, noise: draws(0) });
    expect(found.sum).toBeCloseTo(525.948303, 2);
    expect(found.at(1)).toBeCloseTo(0.7451673, 5);
    expect(found.at(767)).toBeCloseTo(0.1702753, 5);
    expect((await atUnitVariance(heun, { ...about, eta: 0 })).sum).toBeCloseTo(292.12826, 2);
  });

  test('DPM-Solver++ 2S, in pairs of steps', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    const mean = async (list: Sigmas, prediction: Prediction) =>
      (await atUnitVariance(samplers['dpmpp-2s'], { ...about, list, prediction })).sum / 768;
    expect(await mean(about.list, 'epsilon')).toBeCloseTo(0.2791, 3);
    expect(await mean(about.list, 'v')).toBeCloseTo(0.1453, 3);
    expect(await mean(karras(), 'epsilon')).toBeCloseTo(0.2248, 3);
    expect(await mean(karras(), 'v')).toBeCloseTo(0.0649, 3);
  });

  test('DEIS of order 2', async () => {
    const found = await atUnitVariance(deis, { list: wholeTimes(plain), process: plain });
    expect(found.sum).toBeCloseTo(183.676575, 2);
    expect(found.at(767)).toBeCloseTo(0.4783234, 5);
  });

  test('DDIM, which is Euler here', async () => {
    const times = evenly(900, 0, 10);
    const ddim = async (process: Process, end: number) => {
      const sigmas = [...times.map((time) => process.table[time]!), end];
      const list = { ...timed(sigmas, process), timesteps: Float32Array.from(times) };
      return atUnitVariance(samplers.euler, { list, process });
    };
    const found = await ddim(plain, 0);
    expect(found.sum).toBeCloseTo(172.006714, 2);
    expect(found.at(1)).toBeCloseTo(0.00233603, 6);
    const louder = growing({ ...betas, first: 0.01 });
    expect((await ddim(louder, 0)).sum).toBeCloseTo(149.829453, 2);
    expect((await ddim(louder, louder.smallest)).sum).toBeCloseTo(149.078415, 2);
  });

  test('LCM, one step', async () => {
    const list = { sigmas: Float32Array.of(stable.table[999]!, 0), timesteps: Float32Array.of(999) };
    const found = await atUnitVariance(samplers.lcm, { list, process: stable });
    expect(found.sum).toBeCloseTo(18.709679, 2);
  });

  test('DDPM, a thousand steps with noise of seed 0', async () => {
    const sigmas = [...plain.table].reverse();
    const times = sigmas.map((_, i) => 999 - i);
    const list = { ...timed([...sigmas, 0], plain), timesteps: Float32Array.from(times) };
    const found = await atUnitVariance(samplers.ddpm, { list, process: plain, noise: draws(0), clips: true });
    expect(found.sum).toBeCloseTo(258.9606, 1);
  });
});

/**
 * Schedulers of k-diffusion's kind. The suite's own loops put the sample scaled for the model in the sample's place before
 * every step, and so must these.
 */
async function overwriting(
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

describe('samples that grow', () => {
  const times = evenly(1099, 0, 10);
  const sigmas = times.map((time) => between(longer.table, time));
  const list: Sigmas = { ...timed([...sigmas, 0], longer), timesteps: Float32Array.from(times) };
  const ends = [sigmas[0]!, sigmas[9]!] as const;
  const about = { list, process: longer };
  const other = (spaced: number[]): Sigmas => timed([...spaced, 0], longer);

  test('Euler', async () => {
    const found = await overwriting(samplers.euler, about);
    expect(found.sum).toBeCloseTo(10.080682, 2);
    expect(found.at(767)).toBeCloseTo(0.02625177, 6);
    expect((await overwriting(samplers.euler, { ...about, prediction: 'v' })).sum).toBeLessThan(0.01);
    const even = await overwriting(samplers.euler, { ...about, list: other(exponentialBetween(...ends, 10)) });
    expect(Math.abs(even.sum - 962.999695)).toBeLessThan(0.01);
    const quantiles = evenly(1, 0, 10).map((p) => ends[1] + betaQuantile(p, 0.6) * (ends[0] - ends[1]));
    expect((await overwriting(samplers.euler, { ...about, list: other(quantiles) })).sum).toBeCloseTo(0.299715, 3);
  });

  test('Euler ancestral with noise of seed 0', async () => {
    const found = await overwriting(samplers['euler-ancestral'], { ...about, noise: draws(0) });
    expect(found.sum).toBeCloseTo(152.31929, 2);
    expect(found.at(1)).toBeCloseTo(0.009924877, 5);
    expect(found.at(767)).toBeCloseTo(-0.2041368, 5);
    const late = await overwriting(samplers['euler-ancestral'], { ...about, noise: draws(0), from: 8 });
    expect(Math.abs(late.sum / 56163.054688 - 1)).toBeLessThan(1e-5);
  });

  test('Heun, on even times and by Karras', async () => {
    expect((await overwriting(samplers.heun, about)).sum).toBeCloseTo(0.123331, 4);
    const karras = await overwriting(samplers.heun, { ...about, list: other(karrasBetween(...ends, 10)) });
    expect(karras.sum).toBeCloseTo(0.000153, 5);
  });

  test('LMS, whose last step is a step like any other there', async () => {
    const almost = Float32Array.from(list.sigmas);
    almost[10] = 1e-12;
    const found = await overwriting(samplers.lms, { ...about, list: { ...list, sigmas: almost } });
    expect(found.sum).toBeCloseTo(1006.388062, 1);
    expect(found.at(767)).toBeCloseTo(-2.620802, 3);
  });

  test('KDPM2, which is DPM2', async () => {
    const found = await overwriting(samplers['dpm-2'], about);
    expect(found.sum).toBeCloseTo(20.412489, 2);
    const late = await overwriting(samplers['dpm-2'], { ...about, from: 8 });
    expect(Math.abs(late.sum / 70408.4062 - 1)).toBeLessThan(1e-4);
  });

  test('KDPM2 ancestral with noise of seed 0', async () => {
    const found = await overwriting(samplers['dpm-2-ancestral'], { ...about, noise: draws(0) });
    expect(Math.abs(found.sum / 13979.942383 - 1)).toBeLessThan(1e-4);
  });
});
