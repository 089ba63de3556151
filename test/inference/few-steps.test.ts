import { expect, test } from 'vitest';
import { ownSigmas } from '../../nodes/denoise/own-spacing';
import { hintOf } from '../../server/inference/few-steps';

test.each([
  ['wan2_2-ti2v-5b-fastwanfullattn_bf16', 'FastWan', 3, 'lcm'],
  ['wan2.2-t2v-a14b-4steps-lora-rank64-seko-v1.1-lightning', 'Lightning', 4, 'euler'],
  ['wan2.2_i2v_lightning_8-step', 'Lightning', 8, 'euler'],
  ['wan21_t2v_14b_lightx2v_cfg_step_distill_lora_rank32', 'lightx2v', 4, 'euler'],
  ['wan21_causvid_14b_t2v_lora_rank32', 'CausVid', 8, undefined],
  ['wan21_accvid_t2v_14b_lora_rank32_fp16', 'AccVideo', 10, undefined],
  ['self_forcing_dmd_14b_4steps', 'Self-Forcing', 4, 'lcm'],
] as const)('%s', (name, word, steps, sampler) => {
  const hint = hintOf([name], 'wan');
  expect(hint).toMatchObject({ word, name, settings: { steps, guidance: 1 } });
  expect(hint?.settings.sampler).toBe(sampler);
});

test('the nearest name goes first; a count of steps may stand in another one', () => {
  const names = ['high_noise_model', 'Wan2.2-Lightning', 'Wan2.2-T2V-A14B-8steps-lora'];
  expect(hintOf(names, 'wan')).toMatchObject({ word: 'Lightning', name: 'Wan2.2-Lightning', settings: { steps: 8 } });
  expect(hintOf(['ltx-video-0.9.8-13b-distilled'], 'ltx')?.settings).toEqual({
    steps: 8,
    guidance: 1,
    schedule: 'flow',
  });
});

test("eight steps of LTX-Video's own curve are the sigmas that its distilled files name", () => {
  const named = [1, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725, 0.4219, 0];
  const { sigmas } = ownSigmas({ curve: 'linear-quadratic' }, { steps: 8, shift: 1 });
  expect(sigmas).toHaveLength(named.length);
  for (const [i, sigma] of named.entries()) expect(Math.abs(sigmas[i]! - sigma)).toBeLessThan(1e-4);
});

test('names that only resemble', () => {
  for (const name of ['wan2.1_t2v_1.3b_fp16', 'my-style-3000steps', 'slow-steps', 'steadywan'])
    expect(hintOf([name], 'wan'), name).toBeUndefined();
  expect(hintOf(['lightning-in-a-bottle-3000steps'], 'wan')?.settings.steps).toBe(4);
  expect(hintOf(['ltx-lightning'], 'ltx')).toBeUndefined();
});
