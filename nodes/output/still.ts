import { z } from 'zod';
import { defineNode, port } from '../define';

export default defineNode({
  type: 'still',
  version: 1,
  title: 'Still',
  says: 'Writes one frame as a picture.',
  inputs: { frames: port.frames('The pictures, in order') },
  outputs: { picture: port.file('The finished picture') },
  params: z.object({
    index: z.int().min(0).max(1_000_000).default(0).meta({ title: 'Frame', says: 'Which frame; 0 is the first.' }),
    format: z.enum(['png', 'jpeg', 'webp']).default('png').meta({
      control: 'select',
      says: 'png keeps every bit; jpeg and webp are smaller.',
    }),
    name: z.string().min(1).max(120).default('still').meta({
      control: 'text',
      says: 'What the file is called, without its ending.',
    }),
  }),
  sink: true,
  infer({ inputs, params }) {
    const count = inputs.frames?.facts.count;
    if (typeof count !== 'number' || params.index < count) return {};
    const last = count - 1;
    const says = `There are ${count} frames, numbered from 0: there is no frame ${params.index}. Take ${last} or less.`;
    return { problems: [{ param: 'index', says }] };
  },
  async run({ inputs, params, ctx }) {
    const { frames } = inputs;
    if (params.index >= frames.count)
      throw new Error(
        `There are ${frames.count} frames, numbered from 0: there is no frame ${params.index}. Take ${frames.count - 1} or less.`,
      );
    return { picture: await ctx.media.still(frames, params) };
  },
});
