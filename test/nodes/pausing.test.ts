import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { continued, isKeptStep } from '../../nodes/denoise/pausing';
import { flowing } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import { fingerprints, pausedPrint } from '../../nodes/fingerprint';
import type { Denoiser } from '../../nodes/machine';
import type { LatentValue, PinsValue } from '../../nodes/values';
import { tensorParts, tensorValue } from '../../server/store/blobs-values';
import { models, small, textToVideo } from './graphs-for-tests';
import { conditioning, latentOf, machine, reference, run } from './machine-for-tests';

const noise = latentOf([4, 3, 2, 2], (i) => Math.cos(11 * i));
const base = { model: reference('denoiser'), noise, text: conditioning(1), avoid: conditioning(-1) };

/** Every place looks at the last one, too. */
const network: Denoiser['predict'] = async ({ latent, timesteps, text }) => {
  const said = 0.1 * text.states[0]! + 0.1 * Math.cos(latent.at(-1)!);
  return latent.map((value, i) => Math.sin(value + i) * (0.5 + Number(timesteps) / 1000) + said - 0.3 * value);
};

/** What a denoiser makes, how often it asked the network, and what it kept on its way, as read back from the cache. */
async function denoise(params: Record<string, unknown>, inputs: object = {}, card = small) {
  const kept = new Map<number, LatentValue>();
  let calls = 0;
  const ctx = machine({
    card,
    denoiser: async (call) => {
      calls++;
      return network({ ...call, timesteps: Array.isArray(call.timesteps) ? call.timesteps[1] : call.timesteps });
    },
    step: async ({ index, keep }) => {
      if (keep) kept.set(index + 1, stored(keep.clip as LatentValue)); // what the denoiser's only output is
    },
  });
  const { clip } = await run<'latent'>('denoiser', { inputs: { ...base, ...inputs }, params, ctx });
  return { clip: clip!, kept, calls };
}

const stored = (clip: LatentValue) => tensorValue(Buffer.concat(tensorParts(clip))) as LatentValue; // a latent went in

describe('a branch with unchanged settings', () => {
  test.each(Object.keys(samplers))(
    '%s: from any kept step it comes to the same bits, and computes only the rest',
    async (sampler) => {
      const params = { sampler, steps: 5, guidance: 3, guidanceEnd: 0.6 };
      const whole = await denoise(params);
      expect(whole.kept.size).toBe(sampler === 'dpm-fast' ? 2 : 4);
      for (const [step, clip] of whole.kept) {
        expect(clip.paused?.timesteps).toHaveLength(step);
        const rest = await denoise({ ...params, goesOn: true }, { clip });
        expect(rest.clip.data).toEqual(whole.clip.data);
        expect(rest.clip.paused).toBeUndefined();
        if (sampler !== 'dpm-adaptive') expect(rest.calls).toBeLessThan(whole.calls);
        // What it keeps on its way is kept under the very same bits, too.
        for (const [later, same] of rest.kept) expect(same).toEqual(whole.kept.get(later));
      }
    },
  );

  test.each(Object.keys(samplers))('%s: a denoiser that pauses gives what a whole one keeps', async (sampler) => {
    const params = { sampler, steps: 5, guidance: 1 };
    const { kept } = await denoise(params);
    for (const [step, clip] of kept) expect(stored((await denoise({ ...params, pause: step })).clip)).toEqual(clip);
  });

  test.each([
    ['one noise path', { sampler: 'dpmpp-sde', onePath: true }],
    ['EasyCache', { sampler: 'unipc', steps: 12, easyCache: 0.5 }],
    ['CFG++', { sampler: 'dpmpp-2m-k', cfgpp: true }],
    ['a part of the steps', { sampler: 'unipc', startStep: 1, endStep: 6, leftover: true }],
  ])('the same with %s', async (_, more) => {
    const params = { steps: 7, guidance: 2, ...more };
    const whole = await denoise(params);
    for (const clip of whole.kept.values())
      expect((await denoise({ ...params, goesOn: true }, { clip })).clip.data).toEqual(whole.clip.data);
  });

  test('the same with known frames laid over the clip', async () => {
    const data = latentOf(noise.shape, (i) => Math.sin(5 * i)).data;
    const pins: PinsValue = {
      ...{ kind: 'pins', space: noise.space, shape: noise.shape, data },
      known: [true, false, false],
      noise: [0, 0, 0],
    };
    const whole = await denoise({ steps: 5 }, { frames: pins });
    for (const clip of whole.kept.values())
      expect((await denoise({ steps: 5, goesOn: true }, { clip, frames: pins })).clip.data).toEqual(whole.clip.data);
  });
});

describe('a branch with keyframes that are stepped', () => {
  const card = { ...small, keyframes: 'beside' as const };
  const data = latentOf(noise.shape, (i) => Math.sin(5 * i)).data;
  const pins = (strength: number): PinsValue => ({
    ...{ kind: 'pins', space: noise.space, shape: noise.shape, data },
    ...{ known: [true, false, false], noise: [0.6, 0, 0] },
    beside: [{ data: data.slice(0, 16), picture: 5, noise: 1 - strength }],
  });

  test.each(['euler', 'heun', 'unipc', 'dpmpp-3m', 'euler-ancestral'])(
    '%s: the same bits from any step, and the strength matters',
    async (sampler) => {
      const params = { sampler, steps: 6, guidance: 2, shift: 1 };
      const made = (strength: number) => denoise(params, { frames: pins(strength) }, card);
      const whole = await made(0.5);
      expect(whole.clip.shape).toEqual(noise.shape);
      expect(whole.clip.data).toHaveLength(noise.data.length);
      for (const clip of whole.kept.values()) {
        const rest = await denoise({ ...params, goesOn: true }, { clip, frames: pins(0.5) }, card);
        expect(rest.clip.data).toEqual(whole.clip.data);
      }
      expect((await made(1)).clip.data).not.toEqual(whole.clip.data);
    },
  );

  test('without them the rest is gone on with, at the size of the clip', async () => {
    const params = { sampler: 'unipc', steps: 6 };
    const { kept } = await denoise(params, { frames: pins(0.5) }, card);
    const { clip } = await denoise({ ...params, goesOn: true }, { clip: kept.get(3) }, card);
    expect(clip.data).toHaveLength(noise.data.length);
    expect(clip.data.every(Number.isFinite)).toBe(true);
  });
});

describe('a branch with other settings', () => {
  test('another sampler begins without a memory, wherever it takes over', async () => {
    const { kept, clip } = await denoise({ sampler: 'dpmpp-2m', steps: 5 });
    for (const sampler of Object.keys(samplers)) {
      const other = await denoise({ sampler, steps: 5, goesOn: true }, { clip: kept.get(3) });
      expect(other.clip.data.every(Number.isFinite)).toBe(true);
      if (sampler !== 'dpmpp-2m') expect(other.clip.data).not.toEqual(clip.data);
    }
  });

  test('another number of steps, schedule or shift goes on from where the clip is', async () => {
    const { kept } = await denoise({ sampler: 'euler', steps: 5 });
    const from = kept.get(3)!.paused!;
    for (const params of [{ steps: 12 }, { schedule: 'karras' }, { shift: 9 }, { steps: 1 }]) {
      const list = await denoise({ sampler: 'euler', steps: 5, ...params, goesOn: true }, { clip: kept.get(3) });
      expect(list.clip.data.every(Number.isFinite)).toBe(true);
      const first = list.kept.get(4)?.paused;
      if (!first) continue;
      expect(first.sigmas.slice(0, 4)).toEqual(from.sigmas);
      expect(first.sigmas[4]).toBeLessThan(from.sigmas[3]!);
    }
  });

  test('a list goes on below the place, or above it when it rises', () => {
    const process = flowing(1);
    const way = (sigmas: number[]) => ({
      ...{ sampler: 'euler', state: { arrays: {}, numbers: {} } },
      sigmas: Float32Array.from(sigmas),
      timesteps: Float32Array.from(sigmas.slice(0, -1), process.timestepOf),
    });
    const list = (sigmas: number[]) => ({ ...way(sigmas) });
    const falls = continued(way([1, 0.75]), list([1, 0.875, 0.5, 0]), process);
    expect([...falls.sigmas]).toEqual([1, 0.75, 0.5, 0]);
    expect([...falls.timesteps]).toEqual([1000, 750, 500]);
    expect([...continued(way([0, 0.25]), list([0, 0.25, 1]), process).sigmas]).toEqual([0, 0.25, 1]);
    const ended = continued(way([1, 0.5]), list([1, 0.75]), process);
    expect([ended.sigmas.length, ended.timesteps.length]).toEqual([2, 1]);
  });

  test('a clip that was not paused is refused with a next step', async () => {
    await expect(denoise({ goesOn: true }, { clip: noise })).rejects.toThrow(
      /Connect the clip of a denoiser that pauses/,
    );
  });
});

test('which steps are kept', () => {
  const chosen = (keep: string, of: number, bytes = 1000) =>
    Array.from({ length: of - 1 }, (_, i) => i + 1).filter((step) => isKeptStep(keep, { step, of, bytes }));
  expect(chosen('auto', 5)).toEqual([1, 2, 3, 4]);
  expect(chosen('auto', 5, 2e6)).toEqual([]);
  expect(chosen('auto', 1000).length).toBeLessThanOrEqual(32);
  expect(chosen('every 4', 12, 2e6)).toEqual([4, 8]);
  expect(chosen(' 3, 6 ', 9, 2e6)).toEqual([3, 6]);
  expect(chosen('all', 4, 2e9)).toEqual([1, 2, 3]);
  expect(chosen('none', 4)).toEqual([]);
});

describe('in a graph', () => {
  const prints = (params: Record<string, unknown>) => {
    const graph = textToVideo({ denoiser: params });
    return fingerprints(graph, { params: check(graph, models).params, models, device: 'cpu/fp32' });
  };
  test('what is kept changes no key; a pause goes by the whole and the step', () => {
    const whole = prints({}).denoiser!;
    expect(prints({ keepSteps: 'every 4' }).denoiser).toBe(whole);
    expect(prints({ pause: 6 }).denoiser).toBe(pausedPrint(whole, 6));
    expect(prints({ pause: 6, keepSteps: 'all' }).denoiser).toBe(pausedPrint(whole, 6));
    expect(prints({ pause: 6 })).not.toEqual(prints({ pause: 7 }));
    expect(prints({ goesOn: true }).denoiser).not.toBe(whole);
  });

  test('nonsense is refused where it was written', () => {
    const said = (params: Record<string, unknown>) =>
      check(textToVideo({ denoiser: params }), models)
        .problems.map(({ says }) => says)
        .join(' ');
    expect(said({ keepSteps: 'some' })).toContain('write auto, all, none, every 4, or steps like 3, 6, 10');
    expect(said({ goesOn: true })).toContain('No clip is connected to go on from');
  });
});
