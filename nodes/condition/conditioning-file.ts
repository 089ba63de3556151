import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, port } from '../define';
import { assetParam, unchosen } from '../input/asset';
import { chooseTensor, unbatched } from '../input/tensor';

export default defineNode({
  type: 'conditioning-file',
  version: 1,
  title: 'Conditioning file',
  says: 'Encoded text from a safetensors file, made here or by another program.',
  inputs: { model: port.model('text-encoder', 'The encoder that made it: decides which denoisers understand it') },
  outputs: { text: port.conditioning('The encoded text') },
  params: z.object({
    asset: assetParam('.safetensors', 'File', 'A safetensors file with a tensor [tokens, width].'),
    tensor: z.string().max(200).default('').meta({
      advanced: true,
      says: 'Which tensor of the file. Empty: "prompt_embeds" or "text", or the only one.',
    }),
  }),
  infer({ inputs, params, models }) {
    const card = cardOf(inputs.model, models);
    const facts = card ? { family: card.family, model: card.id, width: card.text.width } : {};
    return { outputs: { text: facts }, problems: unchosen(params.asset, 'file') };
  },
  async run({ inputs, params, ctx }) {
    const card = ctx.models.card(inputs.model);
    const tensor = chooseTensor(await ctx.media.tensors(params.asset), params.tensor, ['prompt_embeds', 'text']);
    const [rows, width] = unbatched(tensor, 2, 'encoded text [tokens, width]') as [number, number]; // two axes: just checked
    if (width !== card.text.width)
      throw new Error(
        `The encoded text is ${width} numbers wide, and the encoder of ${card.title} makes ${card.text.width}. Choose the model that made it, or another file.`,
      );
    const tokens = realRows(tensor.data, rows, width);
    const states = tensor.data.slice(0, tokens * width);
    // Padded files say how long the text was padded to; others are padded to what the checkpoint is used to.
    const length = tokens < rows ? rows : Math.max(rows, card.text.length);
    return { text: { kind: 'conditioning', family: card.family, states, tokens, width, length } };
  },
});

/** How many rows there are before the zeros of the padding; at least one. */
function realRows(data: Float32Array, rows: number, width: number): number {
  let last = rows * width - 1;
  while (last >= 0 && data[last] === 0) last--;
  return Math.max(1, Math.ceil((last + 1) / width));
}
