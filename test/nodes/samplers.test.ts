import { describe, expect, test } from 'vitest';
import { evenly } from '../../nodes/denoise/flow';
import { led } from '../../nodes/denoise/guiding';
import { ownSigmas } from '../../nodes/denoise/own-spacing';
import { flowing } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sampler, Sigmas } from '../../nodes/denoise/sampling';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { fittedTo } from '../../nodes/denoise/sigmas';
import { betaQuantile, exponentialBetween, finished, karrasBetween } from '../../nodes/denoise/spacing';
import { torchNoise } from '../../server/inference/noise';
import { drive, dummyModel, dummySample, parityCase, parityCases, sumAbs, type Velocity, worst } from './drive';

/** Classifier-free guidance of two velocities. */
const cfg = ({ wanted, unwanted, scale }: { wanted: Float32Array; unwanted: Float32Array; scale: number }) =>
  led({ from: unwanted, to: wanted }, { scale, lastScale: null, shape: [1, 1, 1, wanted.length] });

const all: [string, Sampler][] = Object.entries(samplers);
/** A list as the sampler can go it. */
const fitted = (sampler: Sampler, { list, shift }: { list: Sigmas; shift: number }) =>
  fittedTo(sampler, list, flowing(shift));
const home = (sampler: Sampler, steps: number, shift: number) =>
  fitted(sampler, { list: schedules.flow.make({ steps, process: flowing(shift), spacing: sampler.spacing }), shift });

/** Ten steps of diffusers' dummy model on its dummy sample: sum of absolute values and last element. */
async function dummy(sampler: Sampler, list: Sigmas) {
  const { latents } = await drive(sampler, { x: dummySample(), list, velocity: dummyModel });
  const x = latents.at(-1)!;
  return { sum: sumAbs(x), last: x.at(-1)! };
}

describe("figures of diffusers' schedulers on the dummy model", () => {
  test.each([
    ['euler', 1, 133.36203, 0.347297],
    ['euler', 3, 129.349457, 0.336848],
    ['euler', 7, 119.46978, 0.311119],
    ['heun', 1, 145.765488, 0.379598],
    ['heun', 3, 144.159393, 0.375415],
    ['unipc', 1, 141.90979, 0.369557],
    ['unipc', 3, 137.388977, 0.357784],
    ['dpmpp-2m', 3, 137.282135, 0.357506],
  ] as const)('%s, flow shift %d', async (name, shift, sum, last) => {
    const sampler = samplers[name];
    const found = await dummy(sampler, home(sampler, 10, shift));
    expect(Math.abs(found.sum - sum)).toBeLessThan(1e-3);
    expect(found.last).toBeCloseTo(last, 5);
  });

  test('deis-2, shift 3, which in diffusers ends where its last step began', async () => {
    const list = home(samplers['deis-2'], 10, 3);
    list.sigmas[10] = list.sigmas[9]!;
    expect(Math.abs((await dummy(samplers['deis-2'], list)).sum - 180.217178)).toBeLessThan(5e-3);
  });

  test("euler on LTX-Video's own sigmas, logarithm of the shift 1.5, last sigma 0.1", async () => {
    const list = ownSigmas({ curve: 'even', terminal: 0.1 }, { steps: 10, shift: Math.exp(1.5) });
    expect(Math.abs((await dummy(samplers.euler, list)).sum - 130.01651)).toBeLessThan(1e-3);
  });

  test('lcm, shift 3, noise of seed 0', async () => {
    const generator = torchNoise(0);
    const x = dummySample();
    const about = { x, list: home(samplers.lcm, 10, 3), velocity: dummyModel };
    const { latents } = await drive(samplers.lcm, { ...about, noise: () => generator.normal(x.length) });
    const found = latents.at(-1)!;
    expect(Math.abs(sumAbs(found) - 151.697296)).toBeLessThan(1e-3);
    expect(found[0]).toBeCloseTo(-0.210302, 5);
    expect(found[1]).toBeCloseTo(0.013951, 5);
    expect(found.at(-1)).toBeCloseTo(-0.048643, 5);
  });

  test('lcm on the three steps of FastWan', async () => {
    const generator = torchNoise(2);
    const list = schedules.distilled.make({ steps: 3, process: flowing(8), spacing: 'match-euler' });
    expect([...list.timesteps]).toEqual([1000, 757, 522]);
    const velocity: Velocity = (latent, sigma) => latent.map((v) => 0.5 * v + 0.3 * Math.sin(v) + 0.1 * sigma);
    const about = { x: torchNoise(1).normal(32), list, velocity, noise: () => generator.normal(32) };
    const { latents } = await drive(samplers.lcm, about);
    const firsts = [
      [-0.924721, 0.62812, -1.046682, -0.987033],
      [-0.614741, 1.050619, -0.38968, -0.371995],
      [-0.391224, 0.613273, -0.255731, -0.245233],
    ];
    for (const [i, first] of firsts.entries())
      expect(worst(latents[i]!.subarray(0, 4), Float32Array.from(first))).toBeLessThan(2e-6);
  });

  test('euler, shift 3, respaced as FlowMatchEuler does: Karras, exponential, beta', async () => {
    const own = home(samplers.euler, 10, 3).sigmas;
    const ends = [own[0]!, own[9]!] as const;
    const quantiles = evenly(1, 0, 10).map((p) => ends[1] + betaQuantile(p, 0.6) * (ends[0] - ends[1]));
    const found = await Promise.all(
      [karrasBetween(...ends, 10), exponentialBetween(...ends, 10), quantiles].map((list) =>
        dummy(samplers.euler, finished(list, flowing(3))),
      ),
    );
    [125.268394, 119.83329, 132.459198].forEach((sum, i) => {
      expect(Math.abs(found[i]!.sum - sum)).toBeLessThan(1e-3);
    });
  });
});

describe('parity with diffusers, the network played back from the fixtures', () => {
  const samplerOf: Record<string, Sampler> = {
    UniPCMultistepScheduler: samplers.unipc,
    FlowMatchEulerDiscreteScheduler: samplers.euler,
    DPMSolverMultistepScheduler: samplers['dpmpp-2m'],
  };

  test.each(parityCases.map((one) => [one.id, one] as const))(
    '%s: sigmas, timesteps, and the latent after every step',
    async (id, one) => {
      const name = typeof one.scheduler === 'string' ? 'UniPCMultistepScheduler' : one.scheduler._class_name;
      const sampler = samplerOf[name]!;
      const list = home(sampler, one.steps, one.folder === 'wan22-ti2v' ? 5 : 3);
      const file = parityCase(id);
      expect(worst(list.sigmas, file['sigmas']!.data)).toBeLessThan(1e-6);
      if (sampler === samplers.euler) expect(worst(list.timesteps, file['timesteps']!.data)).toBe(0);
      else expect([...list.timesteps]).toEqual(one.expected.timesteps);

      const size = file['noise']!.data.length;
      const at = (tensor: string, step: number) => file[tensor]!.data.subarray(step * size, (step + 1) * size);
      let step = 0;
      const velocity: Velocity = () => {
        const wanted = at('velocity_cond', step);
        const unwanted = one.guidance_scale > 1 ? at('velocity_uncond', step) : wanted;
        step += 1;
        return cfg({ wanted, unwanted, scale: one.guidance_scale });
      };
      // Free-running: nothing but the first noise is taken from the file, so that errors would add up.
      const { latents } = await drive(sampler, { x: file['noise']!.data, list, velocity });
      latents.forEach((latent, i) => {
        expect(worst(latent, at('latents', i)), `latent after step ${i + 1}`).toBeLessThan(2e-5);
      });
    },
  );
});

describe('every sampler', () => {
  const velocity: Velocity = (x, sigma) => x.map((value, i) => Math.sin(value + i) * (1 + sigma) - 0.3 * value);
  const x = Float32Array.from({ length: 50 }, (_, i) => Math.cos(7 * i));
  const noise = (index: number) => torchNoise(index).normal(50);

  test.each(all)('%s: broken off after any step and resumed, the bits are the same', async (_, sampler) => {
    for (const schedule of Object.values(schedules)) {
      const process = flowing(3);
      const list = fittedTo(sampler, schedule.make({ steps: 8, process, spacing: sampler.spacing }), process);
      const about = { x, noise, velocity, process, asked: 8 };
      const whole = await drive(sampler, { ...about, list });
      for (let after = 1; after < list.timesteps.length; after++) {
        const first = await drive(sampler, { ...about, list, upTo: after });
        const from = { index: after, state: structuredClone(first.state) };
        const rest = await drive(sampler, { ...about, list, x: first.latents.at(-1)!.slice(), from });
        expect(rest.latents.at(-1)).toEqual(whole.latents.at(-1));
      }
    }
  });

  test.each(all)('%s: changes no array it was given, and says truly how often it calls', async (_, sampler) => {
    for (const steps of [1, 2, 9]) {
      const before = x.slice();
      const list = home(sampler, steps, 3);
      const seen: Float32Array[] = [];
      const copies: Float32Array[] = [];
      const { calls } = await drive(sampler, {
        x,
        list,
        noise,
        process: flowing(3),
        asked: steps,
        velocity: (latent, sigma, t) => {
          seen.push(latent);
          copies.push(latent.slice());
          return velocity(latent, sigma, t);
        },
      });
      if (sampler.calls(steps) !== null) expect(calls).toBe(sampler.calls(steps));
      expect(x).toEqual(before);
      expect(seen).toEqual(copies);
    }
  });

  test.each(all)(
    '%s: ends exactly in the foreseen clip, and finds the data of a straight flow in one step',
    async (_, sampler) => {
      const data = x.map((value) => value / 2);
      // There is but one clip, and from wherever noise led, it is foreseen.
      const straight: Velocity = (latent, sigma) => latent.map((value, i) => (value - data[i]!) / sigma);
      for (const schedule of Object.values(schedules))
        for (const steps of [1, 2, 12]) {
          const process = flowing(5);
          const list = fittedTo(sampler, schedule.make({ steps, process, spacing: sampler.spacing }), process);
          const first = list.sigmas[0]!;
          const start = x.map((value, i) => first * value + (1 - first) * data[i]!);
          const { latents } = await drive(sampler, {
            x: start,
            list,
            noise: () => x,
            velocity: straight,
            process,
            asked: steps,
          });
          // iPNDM v strays far on uneven steps before the last one brings it home; fp32 has fewer digits out there.
          expect(worst(latents.at(-1)!, data)).toBeLessThan(sampler.name === 'ipndm-v' ? 2e-5 : 2e-6);
        }
    },
  );

  test.each(all)('%s: stays finite from sigma 1 on any schedule and shift', async (_, sampler) => {
    for (const schedule of Object.values(schedules))
      for (const shift of [0.5, 1, 17]) {
        const process = flowing(shift);
        const list = fittedTo(sampler, schedule.make({ steps: 30, process, spacing: sampler.spacing }), process);
        const { latents } = await drive(sampler, { x, list, noise, velocity, process, asked: 30 });
        expect(latents.every((latent) => latent.every(Number.isFinite))).toBe(true);
      }
  });

  test('is called by its file name, and other programs know each name only once', () => {
    const names = all.flatMap(([file, sampler]) => {
      expect(sampler.name).toBe(file);
      return [sampler.name, ...(sampler.aliases ?? [])];
    });
    expect(new Set(names).size).toBe(names.length);
  });
});
