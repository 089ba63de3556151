import { describe, expect, test } from 'vitest';
import { evenly } from '../../nodes/denoise/flow';
import { between } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sigmas } from '../../nodes/denoise/sampling';
import { exponentialBetween, karrasBetween, timed } from '../../nodes/denoise/spacing';
import { drive, dummySample, type Velocity } from './drive';
import {
  draws,
  dummy,
  figures,
  longer,
  overwriting,
  plain,
  quantilesBetween,
  reversed,
  thresholded,
} from './dummy-runs';

/* The figures of diffusers' own tests for schedulers whose x grows, and for those with a process of their own. */

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
    expect(found.at(1)).toBeCloseTo(0.0001369063, 8);
    expect(found.at(767)).toBeCloseTo(0.02625177, 6);
    expect((await overwriting(samplers.euler, { ...about, prediction: 'v' })).sum).toBeLessThan(0.01);
    const even = await overwriting(samplers.euler, { ...about, list: other(exponentialBetween(...ends, 10)) });
    expect(Math.abs(even.sum - 962.999695)).toBeLessThan(0.01);
    const quantiles = await overwriting(samplers.euler, { ...about, list: other(quantilesBetween(...ends, 10)) });
    expect(quantiles.sum).toBeCloseTo(0.299715, 3);
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
    const found = await overwriting(samplers.heun, about);
    expect(found.sum).toBeCloseTo(0.123331, 4);
    expect(found.at(1)).toBeCloseTo(0.000001675, 8);
    expect(found.at(767)).toBeCloseTo(0.0003212, 6);
    const karras = await overwriting(samplers.heun, { ...about, list: other(karrasBetween(...ends, 10)) });
    expect(karras.sum).toBeCloseTo(0.000153, 5);
  });

  test('LMS, whose last step is a step like any other there', async () => {
    const almost = Float32Array.from(list.sigmas);
    almost[10] = 1e-12;
    const found = await overwriting(samplers.lms, { ...about, list: { ...list, sigmas: almost } });
    expect(found.sum).toBeCloseTo(1006.388062, 1);
    expect(found.at(1)).toBeCloseTo(-0.01366781, 5);
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
    const v = await overwriting(samplers['dpm-2-ancestral'], { ...about, noise: draws(0), prediction: 'v' });
    expect(v.sum).toBeCloseTo(331.8133, 2);
    const late = await overwriting(samplers['dpm-2-ancestral'], { ...about, noise: draws(0), from: 8 });
    expect(Math.abs(late.sum / 93087.3437 - 1)).toBeLessThan(1e-5);
  });
});

describe('the process of EDM, which scales for the network by the spread of the data', () => {
  const spread = 0.5;
  const list: Sigmas = {
    ...timed([...karrasBetween(80, 0.002, 10), 0], plain),
    timesteps: Float32Array.from(karrasBetween(80, 0.002, 10), (sigma) => 0.25 * Math.log(sigma)),
  };
  /** The clip is part of x and part of what the network answers, which is shown x as the scheduler's test does it. */
  const view =
    (about: { shown: (x: Float32Array, sigma: number) => Float32Array; sign?: 1 | -1; mends?: typeof thresholded }) =>
    (x: Float32Array, sigma: number, t: number) => {
      const square = sigma ** 2 + spread ** 2;
      const answer = dummy(about.shown(x, sigma), t);
      const gain = ((about.sign ?? 1) * sigma * spread) / Math.sqrt(square);
      const clip = x.map((value, i) => (spread ** 2 / square) * value + gain * answer[i]!);
      const mended = about.mends?.(clip) ?? clip;
      return x.map((value, i) => (value - mended[i]!) / sigma);
    };

  test('Euler', async () => {
    const shown = (x: Float32Array, sigma: number) => x.map((value) => value / Math.hypot(sigma, spread));
    const x = dummySample().map((value) => value * Math.sqrt(80 ** 2 + 1));
    const { latents } = await drive(samplers.euler, { x, list, process: plain, velocity: view({ shown }) });
    const found = figures(latents.at(-1)!);
    expect(found.sum).toBeCloseTo(34.1855, 3);
    expect(found.mean).toBeCloseTo(34.1855 / 768, 6);
  });

  test('DPM-Solver++ 2M', async () => {
    const sigmas = list.sigmas.slice();
    sigmas[10] = 0.002;
    const run = async (about: Parameters<typeof view>[0], from = 0) => {
      const other = reversed(dummySample());
      const x = from ? dummySample().map((value, i) => value + sigmas[from]! * other[i]!) : dummySample();
      const velocity = view(about);
      const state = { arrays: {}, numbers: {} };
      const way = { x, list: { ...list, sigmas }, process: plain, velocity, from: { index: from, state } };
      return figures((await drive(samplers['dpmpp-2m'], way)).latents.at(-1)!);
    };
    const shown = (x: Float32Array) => x;
    // The suite has means of 1e-3; the further digits are of our own run of it.
    expect((await run({ shown })).mean).toBeCloseTo(0.000140112, 7);
    expect((await run({ shown, mends: thresholded })).mean).toBeCloseTo(0.008085907, 6);
    expect((await run({ shown, sign: -1 })).mean).toBeCloseTo(0.009258046, 6);
    expect((await run({ shown }, 5)).sum).toBeCloseTo(8.1661, 3);
  });
});

/**
 * A clip and its noise at a part of data and one of noise whose squares add up to 1, written as a flow's: the same line
 * through both at another length. So pure noise is no infinity.
 */
const asFlow = (data: number, noise: number) => ({ sigma: noise / (noise + data), length: noise + data });

test('iPNDM, run twice on end', async () => {
  // Its noise is the square of a sine; times run from 1 to 0.
  const times = evenly(1, 0, 11);
  const noises = times.map((time) => Math.fround(Math.sin((time * Math.PI) / 2) ** 2));
  const shares = noises.map((noise) => Math.fround(Math.sqrt(1 - noise ** 2)));
  const sigmas = noises.map((noise, i) => noise / shares[i]!);
  sigmas[0] = 1e9;
  // The last step there is a step like any other.
  sigmas[10] = 1e-12;
  const told = noises.slice(0, -1).map((noise, i) => (Math.atan2(noise, shares[i]!) / Math.PI) * 2);
  const list: Sigmas = { sigmas: Float32Array.from(sigmas), timesteps: Float32Array.from(told) };
  const velocity: Velocity = (x, sigma, t) => {
    const strength = Math.hypot(1, sigma);
    const shown = x.map((value) => value / strength);
    const answer = dummy(shown, t);
    return shown.map((value, i) => (value * sigma + answer[i]!) / strength);
  };
  /** From pure noise they divide what is left of the clip, nothing or rounding, by 1e-8. */
  const firstStep = (x: Float32Array, slopes: readonly Float32Array[]) => {
    const weights = slopes.length === 1 ? [1] : [55 / 24, -59 / 24, 37 / 24, -9 / 24];
    const [data, noise] = [shares[1]!, noises[1]!];
    return x.map((value, i) => {
      const slope = slopes.reduce((sum, one, k) => sum + weights[k]! * one[i]!, 0);
      return (data * ((value - slope) / 1e-8) + noise * slope) / data;
    });
  };
  let state: Awaited<ReturnType<typeof drive>>['state'] = { arrays: {}, numbers: {} };
  let x = dummySample();
  for (const _ of ['first', 'second']) {
    const { slope0, slope1, slope2 } = state.arrays;
    const slopes = [x, slope0, slope1, slope2].flatMap((one) => one ?? []);
    const arrays = Object.fromEntries(slopes.map((one, k) => [`slope${k}`, one]));
    const begun = firstStep(x, slopes);
    const from = { index: 1, state: { arrays, numbers: {} } };
    const done = await drive(samplers.ipndm, { x: begun, list, process: plain, velocity, from });
    x = done.latents.at(-1)!;
    ({ state } = done);
  }
  // Numbers of 1e7 that cancel: fp32 has no more digits in sigmas than this.
  expect(Math.abs(figures(x).mean / 2540529 - 1)).toBeLessThan(5e-6);
});

test("CogVideoX's DDIM: v prediction, from pure noise, on trailing times", async () => {
  let product = 1;
  const shifted = Array.from({ length: 1000 }, (_, i) => {
    product *= 1 - (Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * i) / 999) ** 2;
    return Math.sqrt(product / (3 - 2 * product));
  });
  const [first, last] = [shifted[0]!, shifted[999]!];
  const shares = shifted.map((share) => ((share - last) * first) / (first - last));
  const times = evenly(999, 99, 10);
  const places = times.map((time) => asFlow(shares[time]!, Math.sqrt(1 - shares[time]! ** 2)));
  const list = {
    sigmas: Float32Array.from([...places.map(({ sigma }) => sigma), 0]),
    timesteps: Float32Array.from(times),
  };
  const { latents } = await drive(samplers.euler, {
    x: dummySample().map((value) => value / places[0]!.length),
    list,
    velocity: (x, _, t) => {
      const data = shares[t]!;
      const noise = Math.sqrt(1 - data ** 2);
      const shown = x.map((value) => value * (data + noise));
      const v = dummy(shown, t);
      // The noise foreseen less the clip foreseen.
      return shown.map((value, i) => data * v[i]! + noise * value - (data * value - noise * v[i]!));
    },
  });
  const found = figures(latents.at(-1)!);
  expect(found.sum).toBeCloseTo(39.247757, 3);
  expect(found.at(1)).toBeCloseTo(0.0005330258, 7);
  expect(found.at(767)).toBeCloseTo(0.1022077, 5);
});
