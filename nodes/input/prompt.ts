import { z } from 'zod';
import { defineNode, port } from '../define';

export default defineNode({
  type: 'prompt',
  version: 1,
  title: 'Prompt',
  says: 'Words for what the clip should show, or should keep away from.',
  inputs: {},
  outputs: { text: port.text('The words as written') },
  params: z.object({
    text: z
      .string()
      .max(20_000)
      .default('')
      .meta({ control: 'words', says: 'What should be seen. Words the model does not know are marked.' }),
  }),
  run: async ({ params }) => ({ text: { kind: 'text', text: params.text } }),
});
