import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, port } from '../define';
import { assetParam, unchosen } from './asset';
import { chooseTensor, unbatched } from './tensor';

export default defineNode({
  type: 'latent-file',
  version: 1,
  title: 'Latent file',
  says: 'A latent clip from a safetensors file: one that was saved here, or that diffusers left behind.',
  inputs: { model: port.model('denoiser', 'The model whose latents these are') },
  outputs: { clip: port.latent('The latent clip') },
  params: z.object({
    asset: assetParam(
      '.safetensors',
      'File',
      'A safetensors file with a tensor [channels, frames, height, width], normalised.',
    ),
    tensor: z.string().max(200).default('').meta({
      advanced: true,
      says: 'Which tensor of the file. Empty: "latent" or "latents", or the only one.',
    }),
    fps: z.number().min(1).max(120).nullable().default(null).meta({
      title: 'Frames per second',
      step: 1,
      says: "The speed the clip is meant for. Empty: the model's own.",
    }),
  }),
  infer({ inputs, params, models }) {
    const card = cardOf(inputs.model, models);
    const fps = params.fps ?? card?.defaults.fps;
    const facts = card && { space: card.latent.space, model: card.id, channels: card.latent.channels };
    return { outputs: { clip: { ...facts, fps } }, problems: unchosen(params.asset, 'file') };
  },
  async run({ inputs, params, ctx }) {
    const card = ctx.models.card(inputs.model);
    const tensor = chooseTensor(await ctx.media.tensors(params.asset), params.tensor, ['latent', 'latents']);
    const sides = unbatched(tensor, 4, 'a clip [channels, frames, height, width]');
    const [channels, frames, height, width] = sides as [number, number, number, number]; // four axes: just checked
    const { latent, title, defaults } = card;
    if (channels !== latent.channels)
      throw new Error(
        `The latent has ${channels} channels, and ${title} works with ${latent.channels}. Choose the model that made it, or another file.`,
      );
    const shape = [channels, frames, height, width] as const;
    return { clip: { kind: 'latent', space: latent.space, data: tensor.data, shape, fps: params.fps ?? defaults.fps } };
  },
});
