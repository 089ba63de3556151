import { z } from 'zod';
import { defineNode, port } from '../define';

export default defineNode({
  type: 'split-schedule',
  version: 1,
  title: 'Split schedule',
  says: 'Cuts a schedule in two, for two denoisers one after the other.',
  inputs: { sigmas: port.sigmas('The whole schedule') },
  outputs: { high: port.sigmas('The first, noisy steps'), low: port.sigmas('The rest, down to the end') },
  params: z.object({
    by: z.enum(['step', 'share']).default('step').meta({
      title: 'Cut by',
      control: 'select',
      says: 'By a number of steps, or by a share of them.',
    }),
    step: z
      .int()
      .min(0)
      .max(1000)
      .default(10)
      .meta({ when: { param: 'by', is: ['step'] }, says: 'So many steps are in the first part.' }),
    share: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({
        control: 'slider',
        step: 0.01,
        when: { param: 'by', is: ['share'] },
        says: 'This share of the steps is in the first part.',
      }),
  }),
  infer({ inputs, params }) {
    const steps = inputs.sigmas?.facts.steps;
    if (typeof steps !== 'number') return {};
    const cut = cutOf(params, steps);
    return { outputs: { high: { steps: cut }, low: { steps: steps - cut } } };
  },
  async run({ inputs, params }) {
    const { sigmas } = inputs.sigmas;
    const cut = cutOf(params, sigmas.length - 1);
    return {
      high: { kind: 'sigmas', sigmas: sigmas.slice(0, cut + 1) },
      low: { kind: 'sigmas', sigmas: sigmas.slice(cut) },
    };
  },
});

const cutOf = (params: { by: string; step: number; share: number }, steps: number): number =>
  Math.min(steps, params.by === 'step' ? params.step : Math.round(params.share * steps));
