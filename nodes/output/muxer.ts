import { z } from 'zod';
import { defineNode, port } from '../define';
import type { MuxOptions } from '../machine';
import { counted } from '../video/frame-stream';

/** Browsers show a gif's frames of less than 2/100 s, and a webp's of less than 11/1000 s, for a whole tenth of a second. */
const fastest: Partial<Record<MuxOptions['format'], number>> = { gif: 50, webp: 90 };

export default defineNode({
  type: 'muxer',
  version: 1,
  title: 'Muxer',
  says: 'Writes the pictures into a video file.',
  inputs: { frames: port.frames('The pictures, in order') },
  outputs: { video: port.file('The finished video') },
  params: z.object({
    format: z.enum(['mp4', 'webm', 'gif', 'webp']).default('mp4').meta({
      control: 'select',
      says: 'mp4 (H.264) plays everywhere; webm (VP9) is smaller; gif and webp play inside pages and chats.',
    }),
    fps: z.number().min(1).max(240).nullable().default(null).meta({
      title: 'Frames per second',
      step: 1,
      says: "Empty: the clip's own. Another number makes it faster or slower.",
    }),
    crf: z.int().min(0).max(51).default(18).meta({
      title: 'Compression',
      control: 'slider',
      says: 'Constant rate factor: lower is better and larger. 18 looks like the original; gif ignores it.',
    }),
    loop: z.int().min(0).max(65_535).default(0).meta({
      advanced: true,
      says: 'How often a gif or webp repeats; 0 is for ever. Players decide it for mp4 and webm.',
    }),
    name: z
      .string()
      .min(1)
      .max(120)
      .default('clip')
      .meta({ control: 'text', says: 'What the file is called, without its ending.' }),
  }),
  sink: true,
  infer({ inputs, params: { format, fps } }) {
    const rate = fps ?? inputs.frames?.facts.fps;
    const most = fastest[format];
    if (!most || typeof rate !== 'number' || rate <= most) return {};
    const says = `A ${format} shows at most ${most} pictures a second in browsers, and this one would have ${rate}. Set ${most} or fewer, or write an mp4.`;
    return { problems: [{ param: 'fps', says }] };
  },
  async run({ inputs, params, ctx }) {
    const frames = counted(inputs.frames, (done, of) => ctx.progress(done, of));
    return { video: await ctx.media.mux(frames, { ...params, fps: params.fps ?? frames.fps }) };
  },
});
