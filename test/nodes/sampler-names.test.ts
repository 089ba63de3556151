import { expect, test } from 'vitest';
import { costPerStep } from '../../nodes/denoise/cost';
import { samplerNamed, scheduleNamed } from '../../nodes/denoise/sampler-names';
import { samplers } from '../../nodes/denoise/samplers/registry';
import { samplerOf, scheduleOf } from '../../server/inference/families/shared/read-config';

test.each([
  // ComfyUI
  ['dpmpp_2m', 'dpmpp-2m-k', false],
  ['dpmpp_2m_sde_gpu', 'dpmpp-2m-sde', false],
  ['dpmpp_2m_cfg_pp', 'dpmpp-2m-k', true],
  ['euler_cfg_pp', 'euler', true],
  ['deis', 'deis', false],
  ['ddim', 'euler', false],
  ['uni_pc', 'unipc-bh1', false],
  // A1111
  ['DPM++ 2M', 'dpmpp-2m-k', false],
  ['DPM++ 2M SDE Heun', 'dpmpp-2m-sde-heun', false],
  ['Euler a', 'euler-ancestral', false],
  ['UniPC', 'unipc', false],
  ['dpm++ sde', 'dpmpp-sde', false],
  // diffusers
  ['UniPCMultistepScheduler', 'unipc', false],
  ['DPMSolverMultistepScheduler', 'dpmpp-2m', false],
  ['FlowMatchEulerDiscreteScheduler', 'euler', false],
  ['DEISMultistepScheduler', 'deis-2', false],
  ['TCDScheduler', 'tcd', false],
  ['PNDMScheduler', 'pndm', false],
  ['PLMS', 'plms', false],
  ['EDMEulerScheduler', 'euler', false],
  ['SASolverScheduler', 'sa-solver-2', false],
  ['sa_solver', 'sa-solver', false],
  ['LTXEulerAncestralRFScheduler', 'euler-ancestral', false],
] as const)('%s is %s', (name, sampler, cfgpp) => {
  expect(samplerNamed(name)).toEqual({ sampler, cfgpp });
});

test('names nobody knows are nobody, and CFG++ is only said of samplers that can', () => {
  for (const name of ['', 'magic', 'lms_cfg_pp', '_gpu', 'constructor']) expect(samplerNamed(name)).toBeNull();
  expect(scheduleNamed('magic')).toBeNull();
});

test.each([
  ['sgm_uniform', 'sgm-uniform'],
  ['SGM Uniform', 'sgm-uniform'],
  ['kl_optimal', 'kl-optimal'],
  ['Karras', 'karras'],
  ['linear_quadratic', 'linear-quadratic'],
])('the schedule %s is %s', (name, schedule) => {
  expect(scheduleNamed(name)).toBe(schedule);
});

test("a checkpoint's scheduler_config.json names the sampler and the schedule it begins with", () => {
  const dpm = { _class_name: 'DPMSolverMultistepScheduler' };
  expect(samplerOf({ ...dpm, algorithm_type: 'dpmsolver++' }, 'euler')).toBe('dpmpp-2m');
  expect(samplerOf({ ...dpm, algorithm_type: 'sde-dpmsolver++' }, 'euler')).toBe('dpmpp-2m-sde');
  expect(samplerOf({ ...dpm, algorithm_type: 'sde-dpmsolver++', solver_type: 'heun' }, 'euler')).toBe(
    'dpmpp-2m-sde-heun',
  );
  expect(samplerOf({ ...dpm, solver_order: 3 }, 'euler')).toBe('dpmpp-3m');
  expect(samplerOf({ ...dpm, algorithm_type: 'sde-dpmsolver++', solver_order: 3 }, 'euler')).toBe('dpmpp-3m-sde');
  expect(samplerOf({ ...dpm, algorithm_type: 'dpmsolver' }, 'euler')).toBe('dpm-solver-2m');
  const pndm = { _class_name: 'PNDMScheduler' };
  expect(samplerOf(pndm, 'euler')).toBe('pndm');
  expect(samplerOf({ ...pndm, skip_prk_steps: true }, 'euler')).toBe('plms');
  expect(samplerOf({ _class_name: 'SomethingNewScheduler' }, 'euler')).toBe('euler');
  const flow = { _class_name: 'FlowMatchEulerDiscreteScheduler' };
  expect(scheduleOf(flow)).toBe('flow');
  expect(scheduleOf({ ...flow, use_karras_sigmas: true })).toBe('karras');
  expect(scheduleOf({ ...flow, use_beta_sigmas: true })).toBe('beta');
  expect(scheduleOf({ ...dpm, use_karras_sigmas: true })).toBe('flow');
});

test('costs are said per step', () => {
  expect(costPerStep(samplers.euler)).toBe('1 call a step');
  expect(costPerStep(samplers.heun)).toBe('2 calls a step');
  expect(costPerStep(samplers['seeds-3'])).toBe('3 calls a step');
  expect(costPerStep(samplers['dpm-adaptive'])).toBe('as many calls as it needs');
});
