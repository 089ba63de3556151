import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, optional, port } from '../define';

export default defineNode({
  type: 'text-encoder',
  version: 1,
  title: 'Text encoder',
  says: 'Reads the prompt and turns it into what the denoiser understands, word by word.',
  inputs: {
    model: port.model('text-encoder', 'The encoder the denoiser was trained with'),
    prompt: port.text('What should be seen'),
    negative: optional(port.text('What should not be seen; without it, nothing in particular')),
  },
  outputs: {
    text: port.conditioning('The prompt, encoded'),
    avoid: port.conditioning('What to keep away from, encoded; the empty text when nothing is given'),
  },
  params: z.object({
    length: z.int().min(1).max(2048).nullable().default(null).meta({
      unit: 'tokens',
      advanced: true,
      says: "Padded length the denoiser sees. Empty: the checkpoint's own. Longer prompts are cut.",
    }),
    zeros: z.boolean().default(false).meta({
      title: 'Keep away from zeros',
      advanced: true,
      says: "Hands on zeros as what to keep away from, in place of words: ComfyUI's ConditioningZeroOut.",
    }),
  }),
  computes: true,
  // It was not there at first.
  identity: ({ params: { zeros, ...params } }) => ({ ...params, ...(zeros ? { zeros } : {}) }),
  infer({ inputs, params, models }) {
    const card = cardOf(inputs.model, models);
    if (!card) return {};
    const length = params.length ?? card.text.length;
    const facts = { family: card.family, model: card.id, width: card.text.width, length };
    return { outputs: { text: facts, avoid: facts } };
  },
  async run({ inputs, params, ctx }) {
    const length = params.length ?? ctx.models.card(inputs.model).text.length;
    const encoder = await ctx.models.textEncoder(inputs.model);
    const text = await encoder.encode(inputs.prompt.text, length);
    await ctx.progress(1, 2);
    if (params.zeros) return { text, avoid: { ...text, states: new Float32Array(text.states.length) } };
    const avoid = await encoder.encode(inputs.negative?.text ?? '', length);
    return { text, avoid };
  },
});
