import { z } from 'zod';
import { defineNode, port } from '../define';

/** Turned round, a list that ended in 0 begins here instead: a network is never asked at no noise at all. */
const least = 1e-4;

export default defineNode({
  type: 'turn-schedule',
  version: 1,
  title: 'Turn schedule',
  says: 'Turns a schedule round, so that Euler or Heun leads a clip back to the noise it could have come from.',
  inputs: { sigmas: port.sigmas('The schedule') },
  outputs: { sigmas: port.sigmas('The same, from its end to its beginning') },
  params: z.object({}),
  infer: ({ inputs }) => ({ outputs: { sigmas: { steps: inputs.sigmas?.facts.steps } } }),
  async run({ inputs }) {
    const sigmas = inputs.sigmas.sigmas.slice().reverse();
    if (sigmas[0] === 0) sigmas[0] = least;
    return { sigmas: { kind: 'sigmas', sigmas } };
  },
});
