import { z } from 'zod';
import { cardOf, otherSpace } from '../agreement';
import { defineNode, port } from '../define';
import { picturesIn } from '../latent/geometry';

export default defineNode({
  type: 'vae-decoder',
  version: 1,
  title: 'VAE decoder',
  says: 'Turns a latent clip into pictures, a few at a time.',
  inputs: {
    model: port.model('vae', 'The VAE whose latents these are'),
    clip: port.latent('The latent clip'),
  },
  outputs: { frames: port.frames('The pictures, in order') },
  params: z.object({}),
  computes: true,
  infer({ inputs, models }) {
    const { model, clip } = inputs;
    const problems = otherSpace({ port: 'clip', value: clip, model, what: 'The clip' }, models);
    const card = cardOf(model, models);
    const { width, height, frames, fps } = clip?.facts ?? {};
    if (!card || problems.length) return { outputs: { frames: { fps } }, problems };
    const times = (side: unknown) => (typeof side === 'number' ? side * card.latent.scale : undefined);
    const count = typeof frames === 'number' ? picturesIn(card, frames) : undefined;
    return { outputs: { frames: { width: times(width), height: times(height), count, fps } }, problems };
  },
  async run({ inputs, ctx }) {
    const vae = await ctx.models.vae(inputs.model);
    const { space } = vae.card.latent;
    if (inputs.clip.space !== space)
      throw new Error(
        `The clip lies in the latent space "${inputs.clip.space}", and ${vae.card.title} reads "${space}". Use the VAE of the model that made it.`,
      );
    return { frames: vae.decode(inputs.clip, inputs.clip.fps ? { fps: inputs.clip.fps } : undefined) };
  },
});
