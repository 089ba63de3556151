import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, optional, port } from '../define';
import { denoiserParams } from '../denoise/denoiser-params';
import { shiftFor } from '../denoise/own-spacing';
import { processOf } from '../denoise/process-of';
import { samplers } from '../denoise/samplers/registry';
import type { Sampler, Schedule } from '../denoise/sampling';
import { schedules } from '../denoise/schedules/registry';
import { sigmasFor } from '../denoise/sigmas';
import type { LatentValue, ModelCard } from '../values';

const { schedule, steps, strength, shift, sampler } = denoiserParams.shape;

export default defineNode({
  type: 'schedule',
  version: 1,
  title: 'Schedule',
  says: 'How noisy the clip is at every step, as a list that can be split, turned and drawn on.',
  inputs: {
    model: port.model('denoiser', 'The network that will follow it'),
    noise: optional(port.latent('The clip it is for: some models shift by its size')),
  },
  outputs: { sigmas: port.sigmas('The schedule') },
  params: z.object({
    schedule,
    steps,
    strength,
    shift,
    sampler: sampler.meta({
      control: 'select',
      advanced: true,
      says: 'Whose spacing the schedule Flow takes: that of the sampler which will follow it.',
    }),
  }),
  infer: ({ inputs, params, models }) => {
    const card = cardOf(inputs.model, models);
    return { outputs: { sigmas: { steps: card && listOf(params, card).length - 1 } } };
  },
  run: async ({ inputs, params, ctx }) => ({
    sigmas: { kind: 'sigmas', sigmas: listOf(params, ctx.models.card(inputs.model), inputs.noise?.shape) },
  }),
});

function listOf(
  params: { schedule: string; sampler: string; steps: number; strength: number; shift: number | null },
  card: ModelCard,
  shape?: LatentValue['shape'],
): Float32Array {
  // Both are names of the registries: the schema has seen to it.
  const chosen: Schedule = schedules[params.schedule as keyof typeof schedules];
  const follower: Sampler = samplers[params.sampler as keyof typeof samplers];
  const process = processOf(card, params.shift ?? (shape ? shiftFor(card, shape) : card.defaults.shift));
  return sigmasFor(chosen, { ...params, process, sampler: follower, own: card.spacing }).sigmas;
}
