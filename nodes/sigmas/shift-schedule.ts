import { z } from 'zod';
import { defineNode, port } from '../define';
import { shifted } from '../denoise/flow';

export default defineNode({
  type: 'shift-schedule',
  version: 1,
  title: 'Shift schedule',
  says: 'Moves the sigmas of a flow model towards noise or towards data; both ends stay put.',
  inputs: { sigmas: port.sigmas('The schedule') },
  outputs: { sigmas: port.sigmas('The shifted schedule') },
  params: z.object({
    shift: z.number().min(0.01).max(100).default(2).meta({
      step: 0.1,
      says: 'Above 1 more steps go to layout and motion, below 1 to detail: k s / (1 + (k - 1) s).',
    }),
  }),
  infer: ({ inputs }) => ({ outputs: { sigmas: { steps: inputs.sigmas?.facts.steps } } }),
  async run({ inputs, params }) {
    const high = inputs.sigmas.sigmas.find((sigma) => sigma > 1);
    if (high !== undefined)
      throw new Error(
        `The schedule holds ${high}, and a shift is for flow models, whose sigmas lie between 0 and 1. Take the node out.`,
      );
    return { sigmas: { kind: 'sigmas', sigmas: inputs.sigmas.sigmas.map((sigma) => shifted(sigma, params.shift)) } };
  },
});
