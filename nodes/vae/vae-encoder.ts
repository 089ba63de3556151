import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, port } from '../define';
import { latentShape, sizeProblems } from '../latent/geometry';
import type { ModelCard } from '../values';
import { slice } from '../video/frame-stream';

export default defineNode({
  type: 'vae-encoder',
  version: 1,
  title: 'VAE encoder',
  says: 'Turns pictures into a latent clip. Frames beyond the last whole latent are left out.',
  inputs: {
    model: port.model('vae', 'The VAE of the model that will use the latents'),
    frames: port.frames('The pictures, in order'),
  },
  outputs: { clip: port.latent('The latent clip') },
  params: z.object({
    width: z.int().min(8).max(8192).nullable().default(null).meta({
      control: 'size',
      unit: 'px',
      says: "Empty: the pictures' own, cut to what the model takes.",
    }),
    height: z.int().min(8).max(8192).nullable().default(null).meta({
      control: 'size',
      unit: 'px',
      says: "Empty: the pictures' own, cut to what the model takes.",
    }),
    fit: z.enum(['cover', 'contain', 'fill']).default('cover').meta({
      control: 'select',
      advanced: true,
      says: 'When the shape differs: cut the overhang, pad with black, or stretch.',
    }),
  }),
  computes: true,
  infer({ inputs, params, models }) {
    const card = cardOf(inputs.model, models);
    const { width, height, count, fps } = inputs.frames?.facts ?? {};
    if (!card) return { outputs: { clip: { fps } } };
    const { multiple, space, channels } = card.latent;
    const wanted = { width: params.width ?? multiple, height: params.height ?? multiple, frames: 1 };
    const problems = sizeProblems(card, wanted);
    const about = { space, model: card.id, channels, fps };
    const known = [params.width ?? width, params.height ?? height, count];
    if (problems.length || !known.every((side) => typeof side === 'number'))
      return { outputs: { clip: about }, problems };
    const size = target(card, params, { width: Number(known[0]), height: Number(known[1]), count: Number(count) });
    const [, frames, rows, columns] = latentShape(card, size);
    return { outputs: { clip: { ...about, frames, height: rows, width: columns } }, problems };
  },
  async run({ inputs, params, ctx }) {
    const { frames } = inputs;
    const vae = await ctx.models.vae(inputs.model);
    const size = target(vae.card, params, frames);
    const same = size.width === frames.width && size.height === frames.height;
    const sized = same ? frames : ctx.media.resize(frames, { width: size.width, height: size.height, fit: params.fit });
    const clip = await vae.encode(slice(sized, 0, size.frames));
    return { clip: { ...clip, fps: frames.fps } };
  },
});

/** The size pictures are brought to: as asked, else the largest allowed within their own. */
function target(
  card: ModelCard,
  asked: { width: number | null; height: number | null },
  own: { width: number; height: number; count: number },
): { width: number; height: number; frames: number } {
  const { multiple, time } = card.latent;
  const within = (side: number) => Math.max(multiple, Math.floor(side / multiple) * multiple);
  return {
    width: asked.width ?? within(own.width),
    height: asked.height ?? within(own.height),
    frames: Math.floor((own.count - 1) / time) * time + 1,
  };
}
