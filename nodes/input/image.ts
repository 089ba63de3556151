import { z } from 'zod';
import { defineNode, port } from '../define';
import { assetParam, unchosen } from './asset';

export default defineNode({
  type: 'image',
  version: 1,
  title: 'Image',
  says: 'A picture of yours: a first frame, a last one, or any between.',
  inputs: {},
  outputs: { frames: port.frames('The picture, turned upright') },
  params: z.object({ asset: assetParam('image/', 'Picture', 'The picture to use.') }),
  infer: ({ params }) => ({ outputs: { frames: { count: 1 } }, problems: unchosen(params.asset, 'picture') }),
  run: async ({ params, ctx }) => ({ frames: await ctx.media.image(params.asset) }),
});
