import { describe, expect, test } from 'vitest';
import { shifted } from '../../nodes/denoise/flow';
import { flowing } from '../../nodes/denoise/process';
import type { FlowSpacing, Schedule } from '../../nodes/denoise/sampling';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { sigmasFor } from '../../nodes/denoise/sigmas';
import { betaQuantile, exponentialBetween, karrasBetween } from '../../nodes/denoise/spacing';

const flow = (steps: number, shift: number, spacing: FlowSpacing) =>
  schedules.flow.make({ steps, process: flowing(shift), spacing });
const close = (list: ArrayLike<number>, wanted: number[], digits = 6) =>
  wanted.forEach((value, i) => {
    expect(list[i], `entry ${i}`).toBeCloseTo(value, digits);
  });

describe('the schedule "flow" is the spacing of diffusers', () => {
  test('match-euler: shifts the smallest sigma twice', () => {
    const list = flow(10, 3, 'match-euler');
    const sigmas = [1, 0.960129, 0.913349, 0.857692, 0.790368, 0.707278, 0.602151, 0.464876, 0.278049, 0.008929, 0];
    close(list.sigmas, sigmas);
    expect(list.timesteps[1]).toBeCloseTo(960.129, 2);
    close(flow(10, 1, 'match-euler').sigmas, [1, 0.889, 0.778]);
    expect([...flow(10, 1, 'match-euler').sigmas.slice(-3)].map((s) => s.toFixed(3))).toEqual([
      '0.112',
      '0.001',
      '0.000',
    ]);
    expect(flow(10, 7, 'match-euler').sigmas[9]).toBeCloseTo(0.046756, 6);
  });

  test('unipc: ten steps at shift 3, with whole timesteps', () => {
    const list = flow(10, 3, 'unipc');
    const sigmas = [
      0.999999, 0.964324, 0.923166, 0.875156, 0.81843, 0.750375, 0.667222, 0.56332, 0.429795, 0.251872, 0,
    ];
    close(list.sigmas, sigmas);
    expect([...list.timesteps]).toEqual([999, 964, 923, 875, 818, 750, 667, 563, 429, 251]);
    expect(list.sigmas[0]).toBe(Math.fround(0.999999));
  });

  test('unipc: the fifty-step lists of Wan at shifts 3, 5 and 16', () => {
    const three = flow(50, 3, 'unipc');
    close(three.sigmas, [0.999999, 0.99325, 0.986315, 0.979188]);
    close(three.sigmas.slice(-4), [0.162959, 0.113576, 0.060405, 0]);
    expect([...three.timesteps.slice(0, 4), ...three.timesteps.slice(-3)]).toEqual([999, 993, 986, 979, 162, 113, 60]);
    const five = flow(50, 5, 'unipc');
    close(five.sigmas, [0.999999, 0.995939]);
    close(five.sigmas.slice(-4), [0.244983, 0.175969, 0.096778, 0]);
    close(flow(50, 16, 'unipc').sigmas.slice(-4), [0.509399, 0.405946, 0.255328, 0]);
  });

  test('dpm: counts from the clean end', () => {
    const list = flow(10, 3, 'dpm');
    close(list.sigmas, [0.999666, 0.963941]);
    close(list.sigmas.slice(-2), [0.249792, 0]);
    expect(list.timesteps[0]).toBe(999);
  });
});

describe('the schedules of ComfyUI', () => {
  const make = (schedule: Schedule, steps: number, shift = 1) =>
    schedule.make({ steps, process: flowing(shift), spacing: 'unipc' });

  test('simple: every so-many-th of a thousand shifted sigmas', () => {
    close(make(schedules.simple, 4).sigmas, [1, 0.75, 0.5, 0.25, 0]);
    close(make(schedules.simple, 4, 8).sigmas, [1, 0.96, 0.888889, 0.727273, 0]);
    // Index -(1 + floor(j * 1000 / 3)): 1000, 667 and 334 of 1000.
    close(make(schedules.simple, 3).sigmas, [1, 0.667, 0.334, 0]);
  });

  test('karras and exponential: from pure noise to the smallest sigma of the table', () => {
    const karras = make(schedules.karras, 5, 3).sigmas;
    const smallest = shifted(0.001, 3);
    expect(karras[0]).toBe(1);
    expect(karras[4]).toBeCloseTo(smallest, 7);
    const roots = [...karras.slice(0, 5)].map((sigma) => sigma ** (1 / 7));
    for (let i = 1; i < 4; i++) expect(roots[i]! - roots[i + 1]!).toBeCloseTo(roots[0]! - roots[1]!, 6);
    const exponential = make(schedules.exponential, 5, 3).sigmas;
    expect(exponential[4]).toBeCloseTo(smallest, 7);
    for (let i = 1; i < 4; i++)
      expect(exponential[i]! / exponential[i + 1]!).toBeCloseTo(exponential[0]! / exponential[1]!, 4);
  });

  test('beta: quantiles of Beta(0.6, 0.6) on the index, repeats dropped', () => {
    // Reference: scipy.stats.beta.ppf(1 - i/10, .6, .6) * 999, rounded, as indices of the table.
    const indices = [999, 959, 876, 765, 637, 500, 362, 234, 123, 40];
    const list = make(schedules.beta, 10);
    close(list.sigmas, [...indices.map((index) => (index + 1) / 1000), 0]);
    const many = make(schedules.beta, 1000).sigmas;
    expect(many.length).toBeLessThan(1001);
    expect(new Set(many).size).toBe(many.length);
  });

  test('times say what sigmas mean', () => {
    for (const schedule of [schedules.simple, schedules.karras, schedules.exponential, schedules.beta]) {
      const { sigmas, timesteps } = make(schedule, 7, 3);
      expect([...timesteps]).toEqual([...sigmas.slice(0, -1)].map((sigma) => Math.fround(1000 * sigma)));
    }
  });
});

describe('every schedule', () => {
  const all: Schedule[] = Object.values(schedules);
  test.each(all.map((schedule) => [schedule.name, schedule] as const))(
    '%s falls strictly from noise to 0',
    (_, schedule) => {
      for (const spacing of ['match-euler', 'unipc', 'dpm'] as const)
        for (const steps of [1, 2, 3, 20, 50, 1000])
          for (const shift of [0.5, 1, 3, 12]) {
            const { sigmas, timesteps } = sigmasFor(schedule, {
              steps,
              process: flowing(shift),
              sampler: { spacing },
              strength: 1,
            });
            expect(sigmas.length).toBe(timesteps.length + 1);
            // DDIM counts from the clean end and hardly ever meets the noisy one.
            expect(sigmas[0]).toBeGreaterThan(schedule === schedules['ddim-uniform'] ? 1 / 1000 : 0.99);
            expect(sigmas.at(-1)).toBe(0);
            for (let i = 1; i < sigmas.length; i++)
              if (!(sigmas[i]! < sigmas[i - 1]!))
                throw new Error(`${steps}, ${shift}, ${spacing}: sigma ${i} does not fall.`);
          }
    },
  );

  test('with less strength begins nearer to the clip and keeps the number of steps', () => {
    const about = { steps: 10, process: flowing(3), sampler: { spacing: 'unipc' as const } };
    const half = sigmasFor(schedules.flow, { ...about, strength: 0.5 });
    expect(half.timesteps.length).toBe(10);
    expect([...half.sigmas]).toEqual([...flow(20, 3, 'unipc').sigmas.slice(10)]);
    expect(sigmasFor(schedules.flow, { ...about, strength: 0 }).timesteps.length).toBe(0);
    const hardly = sigmasFor(schedules.simple, { ...about, steps: 1000, strength: 0.001 });
    expect(hardly.timesteps.length).toBeGreaterThan(0);
    expect(hardly.sigmas[0]).toBeLessThan(0.01);
  });
});

describe('spacings that diffusers has under the same names', () => {
  // FlowMatchEuler spaces between the ends of its own list; these feed the figures in samplers.test.ts.
  test('karras and exponential keep both ends; one step is the larger end', () => {
    expect(karrasBetween(1, 0.01, 1)).toEqual([1]);
    expect(karrasBetween(200, 0.01, 5)[0]).toBeCloseTo(200, 10);
    expect(karrasBetween(200, 0.01, 5)[4]).toBeCloseTo(0.01, 10);
    close(exponentialBetween(1, 0.01, 3), [1, 0.1, 0.01]);
  });

  test('the flow Karras figures of UniPC', () => {
    // diffusers' suite: sigma 0.01..200, five steps, each then mapped by s / (1 + s).
    const mapped = karrasBetween(200, 0.01, 5).map((sigma) => sigma / (1 + sigma));
    close(mapped, [0.9950248599, 0.9787454605, 0.8774884343, 0.3604971766, 0.0099009862], 6);
    expect(mapped.map((sigma) => Math.trunc(1000 * sigma))).toEqual([995, 978, 877, 360, 9]);
  });

  test('the beta quantile inverts the integral and is symmetric', () => {
    expect(betaQuantile(0, 0.6)).toBe(0);
    expect(betaQuantile(1, 0.6)).toBe(1);
    expect(betaQuantile(0.5, 0.6)).toBeCloseTo(0.5, 12);
    for (const p of [0.01, 0.2, 0.37]) expect(betaQuantile(1 - p, 0.6)).toBeCloseTo(1 - betaQuantile(p, 0.6), 12);
    // Beta(1/2, 1/2) is the arcsine law: its quantile is sin^2(pi p / 2).
    for (const p of [1e-6, 0.1, 0.25, 0.49])
      expect(betaQuantile(p, 0.5)).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 12);
  });
});
