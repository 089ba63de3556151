import { z } from 'zod';
import { defineNode, optional, port } from '../define';
import { broughtTo, commonPart } from './common-part';
import { clipFigures, measureClips, pairFigures } from './measure-clips';

export default defineNode({
  type: 'measure',
  version: 1,
  title: 'Measure',
  says: 'What a clip is in numbers: flicker, motion, sharpness; of two clips also how near they are, as PSNR and SSIM. The figures are on the card, and in what the command line prints.',
  inputs: {
    a: port.frames('The clip to measure'),
    b: optional(port.frames('The clip to measure it against; the part that both have is compared')),
  },
  outputs: { measures: port.measures('The figures') },
  params: z.object({}),
  sink: true,
  async run({ inputs: { a, b }, ctx }) {
    const part = commonPart(a, b ?? a);
    const [first, second] = [a, b].map((clip) => clip && broughtTo(part, clip, ctx.media.resize));
    const measures = await measureClips(first!, second, ctx.progress);
    const ofB = measures.b && clipFigures(measures.b);
    return {
      measures: {
        kind: 'measures',
        figures: {
          ...(measures.pair && pairFigures(measures.pair)),
          ...clipFigures(measures.a),
          ...(ofB && { flickerB: ofB.flicker, motionB: ofB.motion, sharpnessB: ofB.sharpness }),
        },
      },
    };
  },
});
