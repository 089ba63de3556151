import { z } from 'zod';
import { defineNode, port } from '../define';
import type { Facts, FramesValue } from '../values';
import { atRate, countAtRate } from './frame-rate';
import { fitParam } from './resize';

function joined(first: FramesValue, second: FramesValue): FramesValue {
  async function* read() {
    yield* first.read();
    yield* second.read();
  }
  return { ...first, count: first.count + second.count, read };
}

/** Length of both together at the first one's rate; unknown when anything it depends on is. */
function countOf(first: Facts, second: Facts): number | undefined {
  const [a, b] = [first.count, second.count];
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  if (typeof first.fps !== 'number' || typeof second.fps !== 'number') return undefined;
  return a + (first.fps === second.fps ? b : countAtRate(b, second.fps, first.fps));
}

export default defineNode({
  type: 'join',
  version: 1,
  title: 'Join',
  says: 'Puts one clip behind another. Size and rate are those of the first; the second is brought to them at its own speed.',
  inputs: {
    first: port.frames('What is shown first'),
    second: port.frames('What follows it'),
  },
  outputs: { frames: port.frames('Both, one after the other') },
  params: z.object({ fit: fitParam }),
  infer({ inputs }) {
    const first = inputs.first?.facts ?? {};
    return { outputs: { frames: { ...first, count: countOf(first, inputs.second?.facts ?? {}) } } };
  },
  async run({ inputs: { first, second }, params, ctx }) {
    const sized = ctx.media.resize(second, { width: first.width, height: first.height, fit: params.fit });
    return { frames: joined(first, atRate(sized, first.fps)) };
  },
});
