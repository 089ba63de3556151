import { z } from 'zod';
import { defineNode, port } from '../define';

export default defineNode({
  type: 'save-latent',
  version: 1,
  title: 'Save latent',
  says: 'Writes a latent clip into a safetensors file, to go on from later or elsewhere.',
  inputs: { clip: port.latent('The latent clip') },
  outputs: { file: port.file('The safetensors file') },
  params: z.object({
    name: z.string().min(1).max(120).default('latent').meta({
      control: 'text',
      says: 'What the file is called, without its ending.',
    }),
  }),
  sink: true,
  async run({ inputs, params, ctx }) {
    const { data, shape, space, fps } = inputs.clip;
    const metadata = { format: 'skein-latent', space, ...(fps === undefined ? {} : { fps: String(fps) }) };
    return { file: await ctx.media.saveTensors({ latent: { data, shape } }, { name: params.name, metadata }) };
  },
});
