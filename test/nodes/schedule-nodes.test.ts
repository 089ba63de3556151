import { describe, expect, test } from 'vitest';
import { moveSigma, readSigmas, sigmasShown, withSteps } from '../../app/editor/state/sigma-list';
import { check } from '../../nodes/check';
import { denoiserIdentity, denoiserParams } from '../../nodes/denoise/denoiser-params';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Denoiser, StepState } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { SigmasValue } from '../../nodes/values';
import { worst } from './drive';
import { models, small, textToVideo } from './graphs-for-tests';
import { conditioning, latentOf, machine, reference, run } from './machine-for-tests';

const ctx = machine({});
const sigmasOf = (...sigmas: number[]): SigmasValue => ({ kind: 'sigmas', sigmas: Float32Array.from(sigmas) });
const made = async (type: string, about: { inputs?: object; params?: Record<string, unknown> }) => {
  const given = registry[type]!.params.parse(about.params ?? {}) as Record<string, unknown>;
  return run<'sigmas'>(type, { inputs: { ...about.inputs }, params: given, ctx });
};
const numbers = ({ sigmas }: { sigmas: Float32Array }) => [...sigmas].map((sigma) => Number(sigma.toFixed(4)));

describe('schedules as values', () => {
  test('Schedule gives the very list its settings would give the denoiser', async () => {
    const params = { schedule: 'beta', steps: 7, strength: 0.5, shift: 5 };
    const { sigmas } = await made('schedule', { inputs: { model: reference('denoiser') }, params });
    const shown = sigmasShown({ ...denoiserParams.parse(params) }, small);
    expect([...sigmas!.sigmas]).toEqual([...shown!]);
    expect(sigmas!.sigmas.length).toBe(8);
  });

  test('Split: both parts share the sigma between them', async () => {
    const inputs = { sigmas: sigmasOf(1, 0.8, 0.5, 0.2, 0) };
    const byStep = await made('split-schedule', { inputs, params: { step: 1 } });
    expect([numbers(byStep.high!), numbers(byStep.low!)]).toEqual([
      [1, 0.8],
      [0.8, 0.5, 0.2, 0],
    ]);
    const byShare = await made('split-schedule', { inputs, params: { by: 'share', share: 0.5 } });
    expect(numbers(byShare.low!)).toEqual([0.5, 0.2, 0]);
    const beyond = await made('split-schedule', { inputs, params: { step: 99 } });
    expect([numbers(beyond.high!).length, numbers(beyond.low!)]).toEqual([5, [0]]);
  });

  test('Turn, Shift and Extend', async () => {
    const inputs = { sigmas: sigmasOf(1, 0.5, 0) };
    expect(numbers((await made('turn-schedule', { inputs })).sigmas!)).toEqual([0.0001, 0.5, 1]);
    expect(numbers((await made('shift-schedule', { inputs, params: { shift: 3 } })).sigmas!)).toEqual([1, 0.75, 0]);
    const extended = await made('extend-schedule', { inputs, params: { count: 1, from: 0.6 } });
    expect(numbers(extended.sigmas!)).toEqual([1, 0.5, 0.25, 0]);
    await expect(made('shift-schedule', { inputs: { sigmas: sigmasOf(14, 0) } })).rejects.toThrow(/14.*flow/s);
    // No input was changed.
    expect(numbers(inputs.sigmas)).toEqual([1, 0.5, 0]);
  });

  test('a drawn schedule that does not fall is named before Run', () => {
    const graph = textToVideo();
    graph.nodes.push({ id: 'drawn', type: 'drawn-schedule', version: 1, params: { sigmas: [1, 0.5, 0.6, 0] } });
    expect(check(graph, models).problems.map(({ at, param }) => [at, param])).toContainEqual(['drawn', 'sigmas']);
  });
});

const noise = latentOf([4, 3, 2, 2], (i) => Math.cos(11 * i));
const answer = (latent: Float32Array, time: number) =>
  latent.map((value, i) => Math.sin(value + i) * (0.5 + time / 1000) + 0.1 - 0.3 * value);
const network: Denoiser['predict'] = async ({ latent, timesteps }) => answer(latent, Number(timesteps));
async function denoise(params: Record<string, unknown>, more: object = {}) {
  const asked: number[] = [];
  const steps: StepState[] = [];
  const { clip } = await run<'latent'>('denoiser', {
    inputs: { model: reference('denoiser'), noise, text: conditioning(1), avoid: conditioning(-1), ...more },
    params: { steps: 8, sampler: 'euler', schedule: 'simple', guidance: 1, ...params },
    ctx: machine({
      denoiser: async (call) => {
        asked.push(Number(call.timesteps));
        return network(call);
      },
      step: async ({ state }) => void steps.push(state),
    }),
  });
  return { clip: clip!, asked, steps };
}

describe('a denoiser on a given list', () => {
  test('goes by the connected schedule in place of its own', async () => {
    const { asked } = await denoise({ steps: 3 }, { sigmas: sigmasOf(1, 0.7, 0.3, 0.1, 0) });
    expect(asked.map(Math.round)).toEqual([1000, 700, 300, 100]);
  });

  test('without a clip, a list that begins lower begins with so much less noise', async () => {
    const first = async (sigma: number) => {
      const { steps } = await denoise({}, { sigmas: sigmasOf(sigma, sigma - 1e-4) });
      return steps[0]!.arrays.x!;
    };
    const whole = await first(1);
    expect(worst(whole, noise.data)).toBeLessThan(1e-3);
    expect(
      worst(
        await first(0.5),
        noise.data.map((value) => value / 2),
      ),
    ).toBeLessThan(1e-3);
  });

  test('two denoisers, one after the other, do what one does: the first leaves its noise, the second adds none', async () => {
    const whole = await denoise({});
    const first = await denoise({ endStep: 3, leftover: true });
    const second = await denoise({ startStep: 3, noisy: true }, { clip: first.clip });
    expect([...first.asked, ...second.asked]).toEqual(whole.asked);
    expect(second.clip.data).toEqual(whole.clip.data);
  });

  test('one that stops early without leaving noise ends in a finished clip', async () => {
    const { clip, asked, steps } = await denoise({ endStep: 3 });
    expect(asked.length).toBe(3);
    expect(worst(clip.data, steps.at(-1)!.arrays.x!)).toBe(0);
    const velocity = answer(steps[1]!.arrays.x!, asked[2]!);
    const foreseen = steps[1]!.arrays.x!.map((x, i) => x - (asked[2]! / 1000) * velocity[i]!);
    expect(worst(clip.data, foreseen)).toBeLessThan(1e-6);
  });

  test('Euler led back to noise and forth again comes close to where it was; others say they cannot', async () => {
    const clip = latentOf(noise.shape, (i) => Math.sin(i));
    const list = Array.from({ length: 201 }, (_, i) => 0.9 * (1 - i / 200));
    const back = await denoise({ noisy: true }, { clip, sigmas: sigmasOf(1e-4, ...list.slice(0, -1).reverse()) });
    const forth = await denoise({ noisy: true }, { clip: back.clip, sigmas: sigmasOf(...list) });
    expect(worst(back.clip.data, clip.data)).toBeGreaterThan(0.3);
    expect(worst(forth.clip.data, clip.data)).toBeLessThan(0.05);
    const lcm = denoise({ sampler: 'lcm' }, { clip, sigmas: sigmasOf(0.1, 0.5) });
    await expect(lcm).rejects.toThrow(/rises.*LCM.*Take Euler/s);
  });
});

describe('what a card says', () => {
  const note = (params: Record<string, unknown>) => check(textToVideo({ denoiser: params }), models).notes.denoiser;
  test('how many calls of the network a setting costs', () => {
    expect(note({ steps: 20, guidance: 3 })).toBe('40 calls of the network');
    expect(note({ steps: 20, guidance: 1 })).toBe('20 calls of the network');
    expect(note({ steps: 20, guidance: 1, sampler: 'heun' })).toBe('39 calls of the network');
    expect(note({ steps: 20, guidance: 3, guidanceEnd: 0.5 })).toBe('30 calls of the network');
    expect(note({ steps: 20, guidance: 3, startStep: 5, endStep: 15 })).toBe('20 calls of the network');
    expect(note({ steps: 20, guidance: 3, easyCache: 0.1 })).toBe('at most 40 calls of the network');
    expect(note({ steps: 20, sampler: 'dpm-adaptive' })).toMatch(/as often as its strides need/);
  });

  test.each([
    [{ cfgpp: true, sampler: 'lms' }, 'cfgpp', /LMS cannot/],
    [{ noisy: true }, 'noisy', /No clip/],
    [{ startStep: 20 }, 'startStep', /Nothing is left to do/],
    [{ startStep: 4, endStep: 3 }, 'startStep', /Nothing is left to do/],
  ])('%j is a problem', (params, param, says) => {
    const { problems } = check(textToVideo({ denoiser: params }), models);
    expect(problems.find((problem) => problem.param === param)?.says).toMatch(says);
  });
});

test('a setting that changes no result changes no fingerprint: young ones at rest, and eta without fresh noise', () => {
  const old = denoiserIdentity(denoiserParams.parse({}));
  expect(Object.keys(old).sort()).toEqual(
    ['guidance', 'guidanceEnd', 'guidanceStart', 'mix', 'sampler', 'schedule', 'shift', 'steps', 'strength'].sort(),
  );
  expect(denoiserIdentity(denoiserParams.parse({ eta: 0.5, leftover: true }))).toEqual(old);
  const noisy = (eta: number) => denoiserIdentity(denoiserParams.parse({ sampler: 'euler-ancestral', eta }));
  expect(noisy(0.5)).not.toEqual(noisy(1));
  expect(Object.keys(samplers)).toContain('euler-ancestral');
});

describe('a schedule under the hand', () => {
  test('a point stays between its neighbours, and the others stay where they are', () => {
    const list = [1, 0.6, 0.3, 0];
    expect(moveSigma(list, 1, 0.45)).toEqual([1, 0.45, 0.3, 0]);
    const [, high] = moveSigma(list, 1, 7);
    const [, low] = moveSigma(list, 1, -7);
    expect(high).toBeLessThan(1);
    expect(low).toBeGreaterThan(0.3);
    expect(moveSigma(list, 3, -1)[3]).toBe(0);
  });

  test('more or fewer steps keep its shape and its ends', () => {
    expect(withSteps([1, 0.5, 0], 4)).toEqual([1, 0.75, 0.5, 0.25, 0]);
    expect(withSteps([1, 0.75, 0.5, 0.25, 0], 2)).toEqual([1, 0.5, 0]);
    expect(withSteps([1, 0.4, 0], 1)).toEqual([1, 0]);
  });

  test('numbers are read however they are written', () => {
    expect(readSigmas('[1.0, .75 5e-1\n0]')).toEqual([1, 0.75, 0.5, 0]);
    for (const text of ['', '1', 'none']) expect(readSigmas(text)).toBeNull();
  });
});
