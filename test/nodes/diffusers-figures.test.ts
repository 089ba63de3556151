import { describe, expect, test } from 'vitest';
import { renewGrowing } from '../../nodes/denoise/ancestral';
import { evenly } from '../../nodes/denoise/flow';
import type { Prediction } from '../../nodes/denoise/prediction';
import { growing, type Process } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sigmas } from '../../nodes/denoise/sampling';
import { exponentialBetween, karrasBetween } from '../../nodes/denoise/spacing';
import { dummySample } from './drive';
import {
  atTimes,
  atUnitVariance,
  betas,
  clipped,
  drawnAtEveryStep,
  draws,
  longer,
  plain,
  quantilesBetween,
  respaced,
  stable,
  thresholded,
  wholeTimes,
} from './dummy-runs';

/*
 * The figures of diffusers' own tests for schedulers whose x has unit variance; those of the others are in
 * `diffusers-figures-growing.test.ts`, those of flow matching in `samplers.test.ts`. Left out is DPM-SDE alone, whose figures
 * hang on the Brownian tree of torchsde: noise on the way is drawn by other rules here.
 */

describe('samples of unit variance', () => {
  const { unipc, 'dpmpp-2m': dpm, 'dpmpp-2m-sde': sde, 'dpmpp-2m-sde-heun': heun, 'deis-2': deis } = samplers;
  const karras = () => respaced(karrasBetween(plain.largest, plain.smallest, 10), plain, Math.round);
  const even = () => respaced(exponentialBetween(plain.largest, plain.smallest, 10), plain, Math.trunc);
  const quantiles = () => respaced(quantilesBetween(plain.largest, plain.smallest, 10), plain, Math.trunc);

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
    expect((await atUnitVariance(unipc, { ...about, list: karras() })).mean).toBeCloseTo(0.2925, 3);
    expect((await atUnitVariance(unipc, { ...about, list: karras(), prediction: 'v' })).mean).toBeCloseTo(0.1966, 3);
  });

  test('UniPC on samples of one dimension', async () => {
    const about = { list: wholeTimes(plain), process: plain, sample: dummySample(96) };
    const mean = async (more: { list?: Sigmas; prediction?: Prediction }) =>
      (await atUnitVariance(unipc, { ...about, ...more })).mean;
    // The suite has four digits; the further ones are of our own run of it.
    expect(await mean({})).toBeCloseTo(0.24414688, 6);
    expect(await mean({ list: karras() })).toBeCloseTo(0.28981337, 6);
    expect(await mean({ prediction: 'v' })).toBeCloseTo(0.10047108, 6);
    expect(await mean({ list: karras(), prediction: 'v' })).toBeCloseTo(0.19441676, 6);
    const late = await atUnitVariance(unipc, { ...about, from: 8 });
    expect(late.sum).toBeCloseTo(39.087, 2);
    expect(late.mean).toBeCloseTo(0.4072, 3);
  });

  test('DPM-Solver++ 2M: epsilon, v, and its other spacings', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    const epsilon = await atUnitVariance(dpm, about);
    expect(epsilon.sum).toBeCloseTo(253.551422, 2);
    expect(epsilon.at(1)).toBeCloseTo(0.003443494, 7);
    expect(epsilon.at(767)).toBeCloseTo(0.6602901, 5);
    const mean = async (list: Sigmas) => (await atUnitVariance(dpm, { ...about, list, prediction: 'v' })).mean;
    expect(await mean(about.list)).toBeCloseTo(0.22509634, 5);
    expect(await mean(karras())).toBeCloseTo(0.20919818, 5);
    expect((await atUnitVariance(dpm, { ...about, list: even() })).sum).toBeCloseTo(209.233902, 2);
    expect((await atUnitVariance(dpm, { ...about, list: quantiles() })).sum).toBeCloseTo(64.922272, 2);
    // Lu's lambdas are even in the logarithm, which is exponential spacing; their times are rounded.
    const lu = respaced(exponentialBetween(plain.largest, plain.smallest, 10), plain, Math.round);
    expect(await mean(lu)).toBeCloseTo(0.15542294, 5);
    expect((await atUnitVariance(dpm, { ...about, mends: thresholded })).mean).toBeCloseTo(1.13636339, 5);
    const late = await atUnitVariance(dpm, { ...about, from: 5 });
    expect(late.sum).toBeCloseTo(318.4111, 2);
  });

  test('DPM-Solver++ of order 3, and DPM-Solver, which follows the noise', async () => {
    const about = { list: wholeTimes(plain), process: plain };
    expect((await atUnitVariance(samplers['dpmpp-3m'], about)).sum).toBeCloseTo(176.965057, 2);
    expect((await atUnitVariance(samplers['dpm-solver-2m'], about)).sum).toBeCloseTo(223.58606, 2);
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
      (await atUnitVariance(samplers['dpmpp-2s'], { ...about, list, prediction })).mean;
    expect(await mean(about.list, 'epsilon')).toBeCloseTo(0.2791, 3);
    expect(await mean(about.list, 'v')).toBeCloseTo(0.1453, 3);
    expect(await mean(karras(), 'epsilon')).toBeCloseTo(0.2248, 3);
    expect(await mean(karras(), 'v')).toBeCloseTo(0.0649, 3);
    const late = await atUnitVariance(samplers['dpmpp-2s'], { ...about, from: 5 });
    expect(late.mean).toBeCloseTo(0.3505, 3);
  });

  test('DPM-Solver++ 2S from the second half of a pair on', async () => {
    const list = wholeTimes(plain, 50);
    const found = await atUnitVariance(samplers['dpmpp-2s'], { list, process: plain, from: 3, other: null });
    expect(found.mean).toBeCloseTo(0.2574, 3);
  });

  test('DEIS of order 2', async () => {
    const found = await atUnitVariance(deis, { list: wholeTimes(plain), process: plain });
    expect(found.sum).toBeCloseTo(183.676575, 2);
    expect(found.at(767)).toBeCloseTo(0.4783234, 5);
  });

  test('SA-Solver of order 2 with noise of seed 0', async () => {
    const noise = drawnAtEveryStep(0, 10);
    const about = { list: wholeTimes(longer), process: longer, noise };
    const sampler = samplers['sa-solver-2'];
    expect((await atUnitVariance(sampler, about)).sum).toBeCloseTo(337.394287, 2);
    expect((await atUnitVariance(sampler, { ...about, prediction: 'v' })).sum).toBeCloseTo(193.146775, 2);
    const list = respaced(karrasBetween(longer.largest, longer.smallest, 10), longer, Math.round);
    expect((await atUnitVariance(sampler, { ...about, list })).sum).toBeCloseTo(837.255493, 2);
  });

  test('DDIM, which is Euler here', async () => {
    const times = evenly(900, 0, 10);
    const ddim = (process: Process, end: number) =>
      atUnitVariance(samplers.euler, { list: atTimes(times, process, end), process });
    const found = await ddim(plain, 0);
    expect(found.sum).toBeCloseTo(172.006714, 2);
    expect(found.at(1)).toBeCloseTo(0.00233603, 6);
    expect(found.at(767)).toBeCloseTo(0.4479337, 5);
    const louder = growing({ ...betas, first: 0.01 });
    expect((await ddim(louder, 0)).sum).toBeCloseTo(149.829453, 2);
    expect((await ddim(louder, louder.smallest)).sum).toBeCloseTo(149.078415, 2);
  });

  test("DDIM's posterior variance", () => {
    // The noise to renew, at unit variance; before the first time there is none.
    const variance = (t: number, before: number) => {
      const next = before < 0 ? 0 : plain.table[before]!;
      return renewGrowing(plain.table[t]!, next, 1).noise ** 2 / (next ** 2 + 1);
    };
    const known = [
      [487, 486, 0.00979],
      [999, 998, 0.02],
      [0, 0, 0],
      [0, -1, 0],
      [420, 400, 0.14771],
      [980, 960, 0.3246],
    ] as const;
    for (const [t, before, wanted] of known) expect(Math.abs(variance(t, before) - wanted)).toBeLessThan(1e-5);
  });

  test('PNDM: where it looks, and where it comes to', async () => {
    const whole = async (offset: number) => {
      const times: number[] = [];
      const list = atTimes(evenly(900 + offset, offset, 10), plain, plain.smallest);
      const found = await atUnitVariance(samplers.pndm, { list, process: plain, times });
      return { ...found, times };
    };
    const found = await whole(0);
    expect(found.times.map(Math.round)).toEqual([
      900, 850, 850, 800, 800, 750, 750, 700, 700, 650, 650, 600, 600, 500, 400, 300, 200, 100, 0,
    ]);
    expect(found.sum).toBeCloseTo(198.1319, 3);
    expect(found.at(1)).toBeCloseTo(0.00269084, 6);
    expect(found.at(767)).toBeCloseTo(0.5159681, 5);
    expect((await whole(1)).times.map(Math.round)).toEqual([
      901, 851, 851, 801, 801, 751, 751, 701, 701, 651, 651, 601, 601, 501, 401, 301, 201, 101, 1,
    ]);
  });

  test('PLMS, which is PNDM without its beginning', async () => {
    // Not among their figures: a run of theirs with `skip_prk_steps`.
    const list = atTimes(evenly(900, 0, 10), plain, plain.smallest);
    const found = await atUnitVariance(samplers.plms, { list, process: plain });
    expect(found.sum).toBeCloseTo(197.715607, 3);
    expect(found.at(767)).toBeCloseTo(0.5148845, 5);
  });

  test('LCM, one step', async () => {
    const list = atTimes([999], stable, 0);
    expect((await atUnitVariance(samplers.lcm, { list, process: stable })).sum).toBeCloseTo(18.709679, 2);
  });

  test('TCD in one step and in ten, and with noise of seed 0', async () => {
    const tcd = (times: number[], eta: number) =>
      atUnitVariance(samplers.tcd, {
        list: atTimes(times, stable, stable.smallest),
        process: stable,
        eta,
        noise: draws(0),
      });
    expect((await tcd([999], 0)).sum).toBeCloseTo(29.8715, 3);
    const ten = evenly(999, 99, 10);
    expect((await tcd(ten, 0)).sum).toBeCloseTo(181.204, 3);
    // Not among their figures: a run of theirs with `eta` .3.
    const noisy = await tcd(ten, 0.3);
    expect(noisy.sum).toBeCloseTo(264.729675, 2);
    expect(noisy.at(767)).toBeCloseTo(-0.020475, 5);
  });

  test('DDPM, a thousand steps with noise of seed 0', async () => {
    const list = atTimes(evenly(999, 0, 1000), plain, 0);
    const about = { list, process: plain, mends: clipped };
    const noise = drawnAtEveryStep(0, 1000);
    expect((await atUnitVariance(samplers.ddpm, { ...about, noise })).sum).toBeCloseTo(258.9606, 1);
    const v = await atUnitVariance(samplers.ddpm, { ...about, noise, prediction: 'v' });
    expect(v.sum).toBeCloseTo(202.0296, 2);
    const late = await atUnitVariance(samplers.ddpm, { ...about, noise: draws(0), from: 998 });
    // They take 1 - alpha in fp32, of which 1e-4 leaves three digits: in double precision it is 387.53.
    expect(Math.abs(late.sum - 387.9466)).toBeLessThan(0.03);
  });
});
