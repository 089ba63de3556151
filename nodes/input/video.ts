import { z } from 'zod';
import { defineNode, port } from '../define';
import { assetParam, unchosen } from './asset';

export default defineNode({
  type: 'video',
  version: 1,
  title: 'Video',
  says: 'A film of yours, or the part of it that you choose: to extend, to rework, to encode.',
  inputs: {},
  outputs: { frames: port.frames('The pictures, in order') },
  params: z.object({
    asset: assetParam('video/,image/gif,image/webp', 'Film', 'The film to use; a GIF or an animated WebP is one, too.'),
    fps: z.number().min(1).max(240).nullable().default(null).meta({
      title: 'Frames per second',
      step: 1,
      says: "Picks frames so that the film keeps its speed at this rate. Empty: the film's own rate.",
    }),
    start: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta({ unit: 'frames', says: 'How many frames to leave out first.' }),
    count: z.int().min(1).max(1_000_000).nullable().default(null).meta({
      unit: 'frames',
      says: 'How many frames to take. Empty: all that follow.',
    }),
  }),
  infer: ({ params }) => ({
    outputs: { frames: { fps: params.fps ?? undefined } },
    problems: unchosen(params.asset, 'film'),
  }),
  async run({ params, ctx }) {
    const { asset, fps, start, count } = params;
    return { frames: await ctx.media.video(asset, { fps: fps ?? undefined, start, count: count ?? undefined }) };
  },
});
