import { z } from 'zod';
import { defineNode, port } from '../define';
import { slice } from './frame-stream';

/** Why nothing is left, as a sentence; null when something is. */
const beyond = (count: number, start: number): string | null =>
  start < count
    ? null
    : `The clip has ${count} frames, numbered from 0: none is left from ${start} on. Start at ${count - 1} or earlier.`;

const left = (count: number, { start, count: wanted }: { start: number; count: number | null }): number =>
  Math.min(wanted ?? Number.POSITIVE_INFINITY, count - start);

export default defineNode({
  type: 'trim',
  version: 1,
  title: 'Trim',
  says: 'Keeps a part of a clip and leaves out what is before and after it.',
  inputs: { frames: port.frames('The pictures, in order') },
  outputs: { frames: port.frames('The part that is kept') },
  params: z.object({
    start: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta({ unit: 'frames', says: 'How many frames to leave out first.' }),
    count: z.int().min(1).max(1_000_000).nullable().default(null).meta({
      unit: 'frames',
      says: 'How many frames to keep. Empty: all that follow.',
    }),
  }),
  infer({ inputs, params }) {
    const facts = inputs.frames?.facts ?? {};
    const { count } = facts;
    if (typeof count !== 'number') return { outputs: { frames: { ...facts, count: undefined } } };
    const says = beyond(count, params.start);
    if (says) return { outputs: { frames: { ...facts, count: undefined } }, problems: [{ param: 'start', says }] };
    return { outputs: { frames: { ...facts, count: left(count, params) } } };
  },
  async run({ inputs: { frames }, params }) {
    const says = beyond(frames.count, params.start);
    if (says) throw new Error(says);
    return { frames: slice(frames, params.start, left(frames.count, params)) };
  },
});
