import { z } from 'zod';
import { defineNode, port } from '../define';

export default defineNode({
  type: 'drawn-schedule',
  version: 1,
  title: 'Drawn schedule',
  says: 'A schedule drawn by hand: drag its points, or write its numbers.',
  inputs: {},
  outputs: { sigmas: port.sigmas('The schedule as drawn') },
  params: z.object({
    sigmas: z
      .array(z.number().min(0).max(1000))
      .min(2)
      .max(1001)
      .default([1, 0.96, 0.9, 0.82, 0.72, 0.6, 0.46, 0.3, 0.15, 0])
      .meta({
        title: 'Sigmas',
        control: 'sigmas',
        says: 'How noisy the clip is at every step, from 1, pure noise, down to 0, finished. One more than there are steps.',
      }),
  }),
  infer: ({ params }) => ({
    outputs: { sigmas: { steps: params.sigmas.length - 1 } },
    problems: isFalling(params.sigmas)
      ? []
      : [{ param: 'sigmas', says: 'Each number must be lower than the one before it. Lower it, or take it out.' }],
  }),
  run: async ({ params }) => ({ sigmas: { kind: 'sigmas', sigmas: Float32Array.from(params.sigmas) } }),
});

const isFalling = (sigmas: readonly number[]) => sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]!);
