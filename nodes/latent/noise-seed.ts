import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, port } from '../define';
import { latentShape, sizeProblems, untrained } from './geometry';

export default defineNode({
  type: 'noise-seed',
  version: 1,
  title: 'Noise seed',
  says: 'The noise a clip is carved from. Its shape decides how large and how long the clip will be; its seed, which clip.',
  inputs: { model: port.model('denoiser', 'The model that will carve the clip: it knows which sizes there are') },
  outputs: { noise: port.latent('Noise in the shape of the clip to come') },
  params: z.object({
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(42).meta({
      control: 'seed',
      says: 'Another number, another clip. The same number gives the same noise as torch.manual_seed.',
    }),
    width: z
      .int()
      .min(8)
      .max(8192)
      .default(64)
      .meta({ control: 'size', unit: 'px', step: 8, says: 'Width of the pictures.' }),
    height: z
      .int()
      .min(8)
      .max(8192)
      .default(64)
      .meta({ control: 'size', unit: 'px', step: 8, says: 'Height of the pictures.' }),
    frames: z
      .int()
      .min(1)
      .max(4097)
      .default(17)
      .meta({ step: 4, says: 'How many pictures the clip has; 1 makes a still.' }),
    fps: z.number().min(1).max(120).default(8).meta({
      title: 'Frames per second',
      step: 1,
      says: 'The speed the clip is meant for. To change it when the clip is made, use the muxer: then nothing else is made anew.',
    }),
  }),
  infer({ inputs, params, models }) {
    const card = cardOf(inputs.model, models);
    if (!card) return { outputs: { noise: { fps: params.fps } } };
    const problems = sizeProblems(card, params);
    const about = { space: card.latent.space, model: card.id, channels: card.latent.channels, fps: params.fps };
    if (problems.length) return { outputs: { noise: about }, problems };
    const [, frames, height, width] = latentShape(card, params);
    return { outputs: { noise: { ...about, frames, height, width } }, note: untrained(card, params) };
  },
  async run({ inputs, params, ctx }) {
    const card = ctx.models.card(inputs.model);
    const shape = latentShape(card, params);
    const count = shape.reduce((product, side) => product * side, 1);
    const data = ctx.noise(params.seed).normal(count);
    return { noise: { kind: 'latent', space: card.latent.space, data, shape, fps: params.fps } };
  },
});
