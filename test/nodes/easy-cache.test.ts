import { describe, expect, test } from 'vitest';
import type { Denoiser, StepState } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { LatentValue, ModelCard } from '../../nodes/values';
import { small } from './graphs-for-tests';
import { conditioning, latentOf, machine, reference, run } from './machine-for-tests';

const noise = latentOf([4, 2, 2, 2], (i) => Math.cos(3 * i));

/** A network whose answer depends on text, time and input; it writes down at which times it was asked. */
async function denoise(params: object, about: { card?: ModelCard; saved?: { index: number; state: StepState } } = {}) {
  const asked: number[] = [];
  const steps: { index: number; state: StepState }[] = [];
  const denoiser: Denoiser['predict'] = async ({ latent, timesteps, text }) => {
    asked.push(timesteps as number);
    return latent.map((x, i) => x * (1 - (timesteps as number) / 3000) + 0.1 * Math.sin(i) * text.states[0]!);
  };
  const ctx = machine({
    denoiser,
    ...about,
    step: async ({ index, state }) => void steps.push({ index, state: structuredClone(state) }),
  });
  const inputs = { model: reference('denoiser'), noise, text: conditioning(1), avoid: conditioning(2) };
  const { clip } = await run<'latent'>('denoiser', { inputs, params: { steps: 20, guidance: 4, ...params }, ctx });
  return { clip: clip as LatentValue, asked, steps };
}

describe('EasyCache', () => {
  test('asks less, for both texts alike; the first fifth of the steps and the last one are always computed', async () => {
    const all = await denoise({});
    expect(all.asked.length).toBe(40);
    const { asked } = await denoise({ easyCache: 0.3 });
    expect(asked.length).toBeLessThan(30);
    expect(asked.filter((_, i) => i % 2 === 0)).toEqual(asked.filter((_, i) => i % 2 === 1));
    expect(asked.slice(0, 8)).toEqual(all.asked.slice(0, 8));
    expect(asked.at(-1)).toBe(all.asked.at(-1));
  });

  test('a threshold of next to nothing computes all, and so do fewer than ten steps', async () => {
    expect((await denoise({ easyCache: 1e-9 })).asked.length).toBe(40);
    expect((await denoise({ easyCache: 1, steps: 9 })).asked.length).toBe(18);
  });

  test.each(['unipc', 'euler', 'heun', 'lcm'])(
    '%s: broken off after any step it goes on to the same bits',
    async (sampler) => {
      const params = { easyCache: 0.2, sampler, schedule: 'simple' };
      const whole = await denoise(params);
      for (const saved of whole.steps.slice(0, -1)) {
        const rest = await denoise(params, { saved });
        expect(rest.clip.data).toEqual(whole.clip.data);
        expect(rest.asked).toEqual(whole.asked.slice(-rest.asked.length));
      }
    },
  );

  test('a guess never crosses from one network to the other', async () => {
    const card = { ...small, experts: { boundary: 0.6 } };
    const times = [...new Set((await denoise({})).asked)];
    const first = times.find((time) => time < 600)!;
    const { asked } = await denoise({ easyCache: 1 }, { card });
    expect(asked).toContain(first);
    expect((await denoise({ easyCache: 1 })).asked).not.toContain(first);
  });

  test('an answer without guidance is no guess for one with it', async () => {
    const { asked } = await denoise({ easyCache: 1, guidanceStart: 0.5 });
    const times = [...new Set((await denoise({})).asked)];
    expect(asked.filter((time) => time === times[10]).length).toBe(2);
  });
});

test('settings that came later stand in no fingerprint until they are used', () => {
  const { identity, params } = registry['denoiser']!;
  const names = (given: object) =>
    Object.keys(identity!({ params: params.parse(given) as Record<string, unknown>, models: {} }) as object).sort();
  const first = [
    'guidance',
    'guidanceEnd',
    'guidanceStart',
    'mix',
    'sampler',
    'schedule',
    'shift',
    'steps',
    'strength',
  ];
  expect(names({})).toEqual(first);
  expect(names({ easyCache: 0.1, guidanceLow: 3 })).toEqual([...first, 'easyCache', 'guidanceLow'].sort());
});
