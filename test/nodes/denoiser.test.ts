import { describe, expect, test } from 'vitest';
import { freshNoise } from '../../nodes/denoise/fresh-noise';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Denoiser, StepState } from '../../nodes/machine';
import type { LatentValue, PinsValue } from '../../nodes/values';
import { torchNoise } from '../../server/inference/noise';
import { sha256 } from '../../server/inference/sha256';
import { parityCase, worst } from './drive';
import { large, small } from './graphs-for-tests';
import { conditioning, latentOf, machine, reference, run } from './machine-for-tests';

const noise = latentOf([4, 3, 2, 2], (i) => Math.cos(11 * i));
const base = { model: reference('denoiser'), noise, text: conditioning(1), avoid: conditioning(-1) };

/** A network of a kind: depends on the latent, on every frame's time, and on the text. */
const network: Denoiser['predict'] = async ({ latent, shape, timesteps, text }) => {
  const plane = shape[2] * shape[3];
  return latent.map((value, i) => {
    const frame = Math.floor(i / plane) % shape[1];
    const time = typeof timesteps === 'number' ? timesteps : timesteps[frame]!;
    return Math.sin(value + i) * (0.5 + time / 1000) + 0.1 * text.states[0]! - 0.3 * value;
  });
};

async function denoise(
  params: Record<string, unknown>,
  about: Parameters<typeof machine>[0] & { inputs?: object } = {},
) {
  const calls: Parameters<Denoiser['predict']>[0][] = [];
  const steps: { index: number; of: number; state: StepState; preview?: LatentValue }[] = [];
  const ctx = machine({
    denoiser: async (call) => {
      calls.push({ ...call, latent: call.latent.slice() });
      return network(call);
    },
    ...about,
    step: async (at) => {
      steps.push(structuredClone({ ...at, model: undefined }));
      await about.step?.(at);
    },
  });
  const { clip } = await run<'latent'>('denoiser', { inputs: { ...base, ...about.inputs }, params, ctx });
  return { clip: clip!, calls, steps };
}

describe('resuming', () => {
  test.each(Object.keys(samplers))('%s: killed after any step, the clip has the same bits', async (sampler) => {
    const params = { sampler, steps: 5, guidance: 3, guidanceEnd: 0.6 };
    const whole = await denoise(params);
    const count = whole.steps.length;
    expect(whole.steps.map(({ index, of }) => [index, of])).toEqual(whole.steps.map((_, index) => [index, count]));
    if (sampler !== 'dpm-fast') expect(count).toBe(5);
    for (const saved of whole.steps) {
      const rest = await denoise(params, { saved: structuredClone({ index: saved.index, state: saved.state }) });
      expect(rest.clip.data).toEqual(whole.clip.data);
      expect(rest.steps).toHaveLength(count - 1 - saved.index);
    }
  });

  test.each(['dpmpp-sde', 'seeds-3', 'sa-solver'])('%s on one noise path: the same', async (sampler) => {
    const params = { sampler, steps: 5, guidance: 1, onePath: true };
    const whole = await denoise(params);
    expect(whole.clip.data).not.toEqual((await denoise({ ...params, onePath: false })).clip.data);
    for (const saved of whole.steps) {
      const rest = await denoise(params, { saved: structuredClone({ index: saved.index, state: saved.state }) });
      expect(rest.clip.data).toEqual(whole.clip.data);
    }
  });

  // What is saved is not copied: every sampler, and all that remembers beside one.
  test.each([
    ...Object.keys(samplers).map((sampler) => [sampler, { sampler, steps: 5 }] as const),
    ['a cache of answers', { steps: 12, easyCache: 0.4, guidance: 3 }] as const,
    ['APG', { steps: 5, guidance: 4, mix: 'apg' }] as const,
    ['one noise path', { sampler: 'sa-solver', steps: 5, onePath: true }] as const,
  ])('%s: a checkpoint is not changed by the steps that follow it', async (_, params) => {
    const kept: StepState[] = [];
    const copies: StepState[] = [];
    await denoise(params, {
      step: async ({ state }) => {
        kept.push(state);
        copies.push(structuredClone(state));
      },
    });
    expect(kept).toEqual(copies);
  });

  test('what `step` throws (a cancel) ends the run at that step, and no input was changed', async () => {
    const before = structuredClone(base);
    const stop = new Error('cancelled');
    const run = denoise(
      { steps: 9 },
      {
        step: async ({ index }) => {
          if (index === 2) throw stop;
        },
      },
    );
    await expect(run).rejects.toBe(stop);
    expect(base).toEqual(before);
  });
});

describe('guidance', () => {
  const marks = (calls: { text: { states: Float32Array } }[]) => calls.map(({ text }) => text.states[0]);

  test('1 asks the network once a step, anything else twice', async () => {
    expect(marks((await denoise({ steps: 3, guidance: 1 })).calls)).toEqual([1, 1, 1]);
    expect(marks((await denoise({ steps: 2, guidance: 5 })).calls)).toEqual([1, -1, 1, -1]);
    expect((await denoise({ steps: 2, guidance: 5, sampler: 'heun' })).calls).toHaveLength(6);
  });

  test('its interval is in parts of the steps', async () => {
    const { calls } = await denoise({ steps: 4, guidance: 5, guidanceStart: 0.25, guidanceEnd: 0.75 });
    expect(marks(calls)).toEqual([1, 1, -1, 1, -1, 1]);
  });

  test('text and guidance matter to the clip', async () => {
    const clip = async (params: object, inputs = {}) => (await denoise({ steps: 2, ...params }, { inputs })).clip.data;
    expect(await clip({ guidance: 5 })).not.toEqual(await clip({ guidance: 4 }));
    expect(await clip({ guidance: 1 })).not.toEqual(await clip({ guidance: 1 }, { text: conditioning(2) }));
  });
});

describe('shift and schedule', () => {
  test("the checkpoint's own shift is taken unless another is given", async () => {
    const own = await denoise({ steps: 3 });
    expect((await denoise({ steps: 3, shift: 3 })).clip.data).toEqual(own.clip.data);
    expect((await denoise({ steps: 3, shift: 8 })).clip.data).not.toEqual(own.clip.data);
    const times = own.calls.filter((_, i) => i % 2 === 0).map(({ timesteps }) => timesteps);
    expect(times).toEqual([999, 857, 600]);
  });
});

describe('a clip to rework', () => {
  const clip = latentOf(noise.shape, (i) => i / 100);

  test('with strength 0 it comes back as it was, and nothing is asked', async () => {
    const { clip: same, calls } = await denoise({ strength: 0 }, { inputs: { clip } });
    expect(worst(same.data, clip.data)).toBe(0);
    expect(calls).toHaveLength(0);
  });

  test('less strength begins with more of it, and keeps the number of steps', async () => {
    const { calls } = await denoise(
      { strength: 0.5, steps: 4, guidance: 1, sampler: 'euler', schedule: 'simple', shift: 1 },
      { inputs: { clip } },
    );
    expect(calls).toHaveLength(4);
    expect(calls[0]!.timesteps).toBe(500);
    const mixed = clip.data.map((value, i) => 0.5 * value + 0.5 * noise.data[i]!);
    expect(worst(calls[0]!.latent, mixed)).toBeLessThan(1e-6);
  });
});

describe('known frames', () => {
  const pins: PinsValue = {
    kind: 'pins',
    space: noise.space,
    shape: noise.shape,
    data: latentOf(noise.shape, (i) => 10 + i).data,
    known: [true, false, true],
    noise: [0, 0, 0.1],
  };
  const frame = (data: Float32Array, channel: number, index: number) =>
    data.slice((channel * 3 + index) * 4, (channel * 3 + index + 1) * 4);

  test('the network sees them in their places at their own times, at every step', async () => {
    const { calls } = await denoise({ steps: 3, guidance: 1 }, { inputs: { frames: pins } });
    expect(calls).toHaveLength(3);
    for (const [step, call] of calls.entries()) {
      const [first, second, third] = call.timesteps as number[];
      expect(first).toBe(0);
      expect(second).toBe([999, 857, 600][step]);
      expect(third).toBeCloseTo(100, 6);
      for (let channel = 0; channel < 4; channel++) {
        expect(frame(call.latent, channel, 0)).toEqual(frame(pins.data, channel, 0));
        const mixed = frame(pins.data, channel, 2).map(
          (value, i) => 0.9 * value + 0.1 * frame(noise.data, channel, 2)[i]!,
        );
        expect(worst(frame(call.latent, channel, 2), mixed)).toBeLessThan(1e-5);
      }
    }
  });

  test('they come out as they were given, in the clip and in every preview; the others are made', async () => {
    const { clip, steps } = await denoise({ steps: 3 }, { inputs: { frames: pins } });
    for (const made of [clip, ...steps.map(({ preview }) => preview!)])
      for (let channel = 0; channel < 4; channel++) {
        expect(frame(made.data, channel, 0)).toEqual(frame(pins.data, channel, 0));
        expect(frame(made.data, channel, 2)).toEqual(frame(pins.data, channel, 2));
        expect(worst(frame(made.data, channel, 1), frame(pins.data, channel, 1))).toBeGreaterThan(1);
      }
  });

  test("Wan 2.2's image-to-video, the network played back: its inputs, per-token times, latents, and the last overwriting", async () => {
    const file = parityCase('ti2v-image4');
    const shape = [10, 3, 4, 4] as const;
    const size = file['noise']!.data.length;
    const at = (name: string, step: number) => file[name]!.data.subarray(step * size, (step + 1) * size);
    const start: LatentValue = { kind: 'latent', space: 'wan', shape, data: file['noise']!.data };
    const known: PinsValue = {
      ...start,
      kind: 'pins',
      data: new Float32Array(size),
      known: [true, false, false],
      noise: [0, 0, 0],
    };
    const condition = file['condition']!.data;
    for (let c = 0; c < 10; c++) known.data.set(condition.subarray(c * 16, c * 16 + 16), c * 48);
    const card = {
      ...small,
      latent: { ...small.latent, space: 'wan', channels: 10 },
      defaults: { ...small.defaults, shift: 5 },
    };
    let call = 0;
    const latents: Float32Array[] = [];
    const ctx = machine({
      card,
      denoiser: async ({ latent, timesteps, text }) => {
        const step = Math.floor(call++ / 2);
        expect(worst(latent, at('dit_input', step))).toBeLessThan(2e-5);
        const perToken = file['dit_timestep']!.data.subarray(step * 12, (step + 1) * 12);
        expect(Array.from({ length: 12 }, (_, token) => (timesteps as number[])[Math.floor(token / 4)])).toEqual([
          ...perToken,
        ]);
        return at(text.states[0]! > 0 ? 'velocity_cond' : 'velocity_uncond', step).slice();
      },
      step: async ({ state }) => {
        latents.push(state.arrays.x!);
      },
    });
    const { clip } = await run<'latent'>('denoiser', {
      inputs: { ...base, noise: start, frames: known },
      params: { steps: 4, guidance: 5 },
      ctx,
    });
    latents.forEach((latent, step) => {
      expect(worst(latent, at('latents', step))).toBeLessThan(2e-5);
    });
    // The fixture's decoder input is the finished clip times std plus mean, hence only frame 0 is compared here exactly.
    for (let c = 0; c < 10; c++)
      expect(clip!.data.subarray(c * 48, c * 48 + 16)).toEqual(condition.subarray(c * 16, c * 16 + 16));
  });
});

test('what no check can foresee is refused when it runs, with both sides named', async () => {
  await expect(denoise({}, { card: large })).rejects.toThrow(/gosling-8x4.*Wan 2\.2.*wan22-16x4/);
  const clip = latentOf([4, 2, 2, 2], () => 0);
  await expect(denoise({}, { inputs: { clip } })).rejects.toThrow(/The clip: .*\[4, 2, 2, 2\].*\[4, 3, 2, 2\]/);
});

describe('noise on the way, for samplers that add some', () => {
  const first = torchNoise(42).normal(4096);
  const draw = (index: number, from = first) => freshNoise(from, { noise: torchNoise, sha256 })(index);

  test('depends on the first noise and the step alone, in whatever order it is drawn', () => {
    const fresh = freshNoise(first, { noise: torchNoise, sha256 });
    const third = fresh(3);
    fresh(0);
    expect(fresh(3)).toEqual(third);
    expect(draw(3)).toEqual(third);
    expect(draw(2)).not.toEqual(third);
    expect(draw(3, torchNoise(43).normal(4096))).not.toEqual(third);
  });

  test('is normal, and unrelated to the first noise and to the step before', () => {
    const mean = (of: Float32Array) => of.reduce((total, value) => total + value, 0) / of.length;
    const product = (a: Float32Array, b: Float32Array) => mean(a.map((value, i) => value * b[i]!));
    const [one, two] = [draw(0), draw(1)];
    // Five standard errors of a mean over 4096 draws are 0.08.
    expect(Math.abs(mean(one))).toBeLessThan(0.08);
    expect(Math.abs(product(one, one) - 1)).toBeLessThan(0.12);
    for (const other of [first, two]) expect(Math.abs(product(one, other))).toBeLessThan(0.08);
  });
});
