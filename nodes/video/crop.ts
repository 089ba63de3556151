import { z } from 'zod';
import { defineNode, type NodeProblem, port } from '../define';
import type { FramesValue } from '../values';

interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What of the area lies outside of a picture, as problems at the params that would mend it. */
function outside({ left, top, width, height }: Area, picture: { width: number; height: number }): NodeProblem[] {
  const says = (side: string, needs: number, has: number) =>
    `The area ends at ${side} ${needs}, and the pictures at ${has}. Make it smaller or move it.`;
  const problems: NodeProblem[] = [];
  if (left + width > picture.width)
    problems.push({ param: 'width', says: says('column', left + width, picture.width) });
  if (top + height > picture.height)
    problems.push({ param: 'height', says: says('row', top + height, picture.height) });
  return problems;
}

/** Cuts the same area out of each frame as it is read. */
function cut(frames: FramesValue, { left, top, width, height }: Area): FramesValue {
  async function* read() {
    for await (const frame of frames.read()) {
      const area = new Uint8Array(width * height * 3);
      for (let row = 0; row < height; row++) {
        const from = ((top + row) * frames.width + left) * 3;
        area.set(frame.subarray(from, from + width * 3), row * width * 3);
      }
      yield area;
    }
  }
  return { ...frames, width, height, read };
}

export default defineNode({
  type: 'crop',
  version: 1,
  title: 'Crop',
  says: 'Cuts the same area out of every picture.',
  inputs: { frames: port.frames('The pictures, in order') },
  outputs: { frames: port.frames('The area that was cut out') },
  params: z.object({
    left: z.int().min(0).max(16_383).default(0).meta({ unit: 'px', says: 'Columns to leave out at the left.' }),
    top: z.int().min(0).max(16_383).default(0).meta({ unit: 'px', says: 'Rows to leave out at the top.' }),
    width: z.int().min(1).max(16_384).default(64).meta({ control: 'size', unit: 'px', says: 'Width of the area.' }),
    height: z.int().min(1).max(16_384).default(64).meta({ control: 'size', unit: 'px', says: 'Height of the area.' }),
  }),
  infer({ inputs, params }) {
    const facts = inputs.frames?.facts ?? {};
    const { width, height } = facts;
    const known = typeof width === 'number' && typeof height === 'number';
    const problems = known ? outside(params, { width, height }) : [];
    return { outputs: { frames: { ...facts, width: params.width, height: params.height } }, problems };
  },
  async run({ inputs: { frames }, params }) {
    const [problem] = outside(params, frames);
    if (problem) throw new Error(problem.says);
    return { frames: cut(frames, params) };
  },
});
