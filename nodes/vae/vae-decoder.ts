import { z } from 'zod';
import { cardOf, otherSpace } from '../agreement';
import { defineNode, port } from '../define';
import { picturesIn } from '../latent/geometry';
import type { ModelDoor } from '../machine';
import type { FramesValue, ModelCard, ModelValue } from '../values';
import { counted } from '../video/frame-stream';

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
  params: z.object({
    decoder: z.enum(['full', 'tiny']).default('full').meta({
      control: 'select',
      advanced: true,
      says: 'tiny: a small network that decodes many times faster in little memory, with softer detail, where its file is there.',
    }),
  }),
  computes: true,
  // Which tiny decoder it is, the wire does not say: another file anywhere makes pictures anew.
  identity: ({ params, models }) =>
    params.decoder === 'full'
      ? {}
      : { tiny: [...new Set(Object.values(models).flatMap(({ tiny }) => tiny?.digest ?? []))].sort() },
  infer({ inputs, params, models }) {
    const { model, clip } = inputs;
    const card = cardOf(model, models);
    const problems = [
      ...otherSpace({ port: 'clip', value: clip, model, what: 'The clip' }, models),
      ...(params.decoder === 'tiny' && card && !card.tiny?.digest
        ? [{ param: 'decoder', says: withoutTiny(card) }]
        : []),
    ];
    const { width, height, frames, fps } = clip?.facts ?? {};
    if (!card || problems.length) return { outputs: { frames: { fps } }, problems };
    const times = (side: unknown) => (typeof side === 'number' ? side * card.latent.scale : undefined);
    const count = typeof frames === 'number' ? picturesIn(card, frames) : undefined;
    return { outputs: { frames: { width: times(width), height: times(height), count, fps } }, problems };
  },
  async run({ inputs, params, ctx }) {
    const vae = await ctx.models.vae(params.decoder === 'tiny' ? tinyOf(inputs.model, ctx.models) : inputs.model);
    const { space } = vae.card.latent;
    if (inputs.clip.space !== space)
      throw new Error(
        `The clip lies in the latent space "${inputs.clip.space}", and ${vae.card.title} reads "${space}". Use the VAE of the model that made it.`,
      );
    const { fps } = inputs.clip;
    let furthest = 0;
    // Parts of pictures first, where they are too large to be made whole; then pictures, which must not count from 0 again.
    const tell = (done: number) => {
      furthest = Math.max(furthest, done);
      return ctx.progress(furthest, frames.count);
    };
    const frames: FramesValue = vae.decode(inputs.clip, {
      ...(fps ? { fps } : {}),
      tell: (share) => tell(Math.floor(share * frames.count)),
    });
    return { frames: counted(frames, tell) };
  },
});

const withoutTiny = ({ title, tiny }: ModelCard): string =>
  tiny
    ? `There is no tiny decoder for ${title}. Put ${tiny.name}.safetensors among the models, or choose the full decoder.`
    : `No tiny decoder is known for the latents of ${title}. Put one into its folder, or choose the full decoder.`;

function tinyOf(model: ModelValue, door: ModelDoor): ModelValue {
  const card = door.card(model);
  if (!card.tiny?.digest) throw new Error(withoutTiny(card));
  return { ...model, tiny: card.tiny.digest };
}
