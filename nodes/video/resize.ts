import { z } from 'zod';
import { defineNode, port } from '../define';

export const fitParam = z.enum(['cover', 'contain', 'fill']).default('cover').meta({
  control: 'select',
  says: 'cover fills the picture and cuts what hangs over; contain shows all on black; fill stretches.',
});

export default defineNode({
  type: 'resize',
  version: 1,
  title: 'Resize',
  says: 'Gives the pictures another size.',
  inputs: { frames: port.frames('The pictures, in order') },
  outputs: { frames: port.frames('The same pictures in the new size') },
  params: z.object({
    width: z.int().min(1).max(8192).default(512).meta({ control: 'size', unit: 'px', says: 'The new width.' }),
    height: z.int().min(1).max(8192).default(512).meta({ control: 'size', unit: 'px', says: 'The new height.' }),
    fit: fitParam,
  }),
  infer: ({ inputs, params: { width, height } }) => ({
    outputs: { frames: { ...inputs.frames?.facts, width, height } },
  }),
  run: async ({ inputs, params, ctx }) => ({ frames: ctx.media.resize(inputs.frames, params) }),
});
