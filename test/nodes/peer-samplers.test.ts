import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { flowing, growing, type Process } from '../../nodes/denoise/process';
import { samplerNamed } from '../../nodes/denoise/sampler-names';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sampler } from '../../nodes/denoise/sampling';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { fittedTo, sigmasFor } from '../../nodes/denoise/sigmas';
import { timed } from '../../nodes/denoise/spacing';
import { drive, type Velocity } from './drive';

const read = (name: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../parity/sampling', name), 'utf8'));

/** The analytic model of `test/parity/sampling/make.py`: clips foreseen with and without guidance, and noise. */
const foreseen = (x: number, s: number, i: number) =>
  0.6 * Math.sin(x / (1 + s) + i) + 0.1 * Math.cos((3 * s) / (1 + s));
const without = (x: number, s: number, i: number) => 0.7 * foreseen(x, s, i) - 0.1 * Math.sin((2 * x) / (1 + s) + i);
const velocityTo =
  (clip: typeof foreseen): Velocity =>
  (x, sigma) =>
    x.map((value, i) => (value - clip(value, sigma, i)) / sigma);
const noise = (step: number, draw = 0) =>
  Float32Array.from({ length: 6 }, (_, i) => 1.2 * Math.sin(12.9898 * (i + 1) + 78.233 * (step + 1) + 37.719 * draw));

const epsilon = growing({ first: 0.00085, last: 0.012, curve: 'scaled-linear' });

interface Run {
  sampler: string;
  space: 'flow' | 'sigma';
  sigmas: number[];
  calls: number;
  latents: number[][];
}

/** These go to the end of a list in ways of their own; what is compared is where they come to there. */
const lastOf = (sampler: Sampler, sigmas: Float32Array): Float32Array => {
  if (!sampler.name.startsWith('unipc-bh')) return sigmas;
  // ComfyUI's UniPC stops at 0.001 in place of 0.
  const list = sigmas.slice();
  list[list.length - 1] = 0.001;
  return list;
};

describe("every sampler of ComfyUI's list, step by step on an analytic model", () => {
  const runs = read('samplers.json') as Run[];
  // Schedulers of diffusers whose own tests have no figures; see make-diffusers.py.
  const more = read('diffusers.json') as Run[];
  test.each([...runs, ...more].map((run) => [run.sampler, run.space, run] as const))(
    '%s, %s',
    async (name, space, run) => {
      const process: Process = space === 'flow' ? flowing(3) : epsilon;
      const named = samplerNamed(name)!;
      const sampler: Sampler = samplers[named.sampler];
      const list = fittedTo(sampler, timed(lastOf(sampler, Float32Array.from(run.sigmas)), process), process);
      const first = process.name === 'flow' ? 1 : run.sigmas[0]!;
      const x = Float32Array.from({ length: 6 }, (_, i) => 1.5 * Math.cos(7 * i) * first);
      const { latents } = await drive(sampler, {
        x,
        list,
        process,
        noise,
        velocity: velocityTo(foreseen),
        asked: run.sigmas.length - 1,
        ...(named.cfgpp ? { unguided: velocityTo(without) } : {}),
      });
      const own = latents.slice(0, sampler.respace ? -1 : name === 'UnCLIPScheduler' ? run.latents.length : undefined);
      const wanted = run.latents;
      const compared = wanted.length === 1 ? [own.at(-1)!] : own;
      expect(compared.length).toBe(wanted.length);
      // UniPC's x there is at unit variance.
      const scale = name.startsWith('uni_pc') ? Math.sqrt(1 + 1e-6) : 1;
      compared.forEach((latent, step) => {
        const size = Math.max(1, ...wanted[step]!.map(Math.abs));
        latent.forEach((value, i) => {
          expect(Math.abs(value * scale - wanted[step]![i]!) / size, `step ${step + 1}, value ${i}`).toBeLessThan(4e-5);
        });
      });
    },
  );

  test('no name is missing', () => {
    const names = runs
      .map(({ sampler }) => sampler)
      .concat(['ddim', 'dpmpp_sde_gpu', 'dpmpp_2m_sde_gpu', 'dpmpp_2m_sde_heun_gpu', 'dpmpp_3m_sde_gpu']);
    expect(names.filter((name) => !samplerNamed(name))).toEqual([]);
  });
});

describe("every schedule of ComfyUI's list", () => {
  const lists = read('sigmas.json') as { schedule: string; shift?: number; steps: number; sigmas: number[] }[];
  test.each(lists.map((one) => [one.schedule, one.shift ?? 'epsilon', one.steps, one] as const))(
    '%s, %s, %d steps',
    (name, _, steps, { shift, sigmas }) => {
      const process = shift === undefined ? epsilon : flowing(shift);
      const schedule = schedules[name.replaceAll('_', '-') as keyof typeof schedules];
      const made = schedule.make({ steps, process, spacing: 'match-euler' }).sigmas;
      expect(made.length).toBe(sigmas.length);
      made.forEach((sigma, i) => {
        expect(Math.abs(sigma - sigmas[i]!), `sigma ${i}`).toBeLessThan(1e-5 * Math.max(0.5, sigmas[i]!));
      });
    },
  );

  test('of samplers that leave one out, the last but one is left out', () => {
    const about = { steps: 4, process: flowing(1), strength: 1 };
    const { sigmas } = sigmasFor(schedules.simple, { ...about, sampler: samplers['dpm-2'] });
    expect([...sigmas].map((sigma) => sigma.toFixed(3))).toEqual(['1.000', '0.800', '0.600', '0.400', '0.000']);
  });
});
