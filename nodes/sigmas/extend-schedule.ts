import { z } from 'zod';
import { defineNode, port } from '../define';

const spacings = ['linear', 'cosine', 'sine'] as const;

/** How far towards the next sigma, for a part (0..1) of the way. */
const ways: Record<(typeof spacings)[number], (part: number) => number> = {
  linear: (part) => part,
  cosine: (part) => 1 - Math.cos((part * Math.PI) / 2),
  sine: (part) => Math.sin((part * Math.PI) / 2),
};

export default defineNode({
  type: 'extend-schedule',
  version: 1,
  title: 'Extend schedule',
  says: 'Puts further steps between those that are there, in a part of the schedule.',
  inputs: { sigmas: port.sigmas('The schedule') },
  outputs: { sigmas: port.sigmas('The schedule with its further steps') },
  params: z.object({
    count: z.int().min(1).max(50).default(1).meta({ says: 'So many further steps within each step.' }),
    from: z.number().min(0).max(1000).default(1).meta({
      step: 0.01,
      says: 'Only steps that begin at this sigma or below it.',
    }),
    to: z.number().min(0).max(1000).default(0).meta({
      step: 0.01,
      says: 'Only steps that begin at this sigma or above it.',
    }),
    spacing: z.enum(spacings).default('linear').meta({
      control: 'select',
      says: 'Even steps, steps that grow (cosine) or steps that shrink (sine).',
    }),
  }),
  infer: () => ({ outputs: { sigmas: {} } }),
  async run({ inputs, params }) {
    const { sigmas } = inputs.sigmas;
    const made: number[] = [];
    sigmas.forEach((sigma, i) => {
      made.push(sigma);
      const next = sigmas[i + 1];
      if (next === undefined || sigma > params.from || sigma < params.to) return;
      for (let k = 1; k <= params.count; k++)
        made.push(sigma + (next - sigma) * ways[params.spacing](k / (params.count + 1)));
    });
    return { sigmas: { kind: 'sigmas', sigmas: Float32Array.from(made) } };
  },
});
