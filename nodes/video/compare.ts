import { z } from 'zod';
import { defineNode, port } from '../define';
import type { Facts, FramesValue } from '../values';
import { broughtTo, commonPart, type Shape } from './common-part';
import { counted } from './frame-stream';
import { heatMap } from './heat-map';

const views = ['side-by-side', 'stacked', 'split', 'difference'] as const;
type View = (typeof views)[number];

/** Size of the picture that shows both. */
const sizeOf = (view: View, { width, height }: Pick<Shape, 'width' | 'height'>) => ({
  width: view === 'side-by-side' ? width * 2 : width,
  height: view === 'stacked' ? height * 2 : height,
});

interface Draw {
  view: View;
  gain: number;
  /** Share of the width that shows A. */
  place: number;
}

function drawn(a: Uint8Array, b: Uint8Array, about: Draw & Pick<Shape, 'width' | 'height'>): Uint8Array {
  const { view, gain, width, height } = about;
  const size = sizeOf(view, about);
  const out = new Uint8Array(size.width * size.height * 3);
  const row = width * 3;
  if (view === 'difference') heatMap(a, b, { out, step: 3, gain });
  else if (view === 'stacked') {
    out.set(a);
    out.set(b, a.length);
  } else {
    const cut = view === 'split' ? Math.round(about.place * width) * 3 : row;
    for (let at = 0, to = 0; at < row * height; at += row, to += size.width * 3) {
      out.set(a.subarray(at, at + cut), to);
      out.set(b.subarray(at + (view === 'split' ? cut : 0), at + row), to + cut);
    }
  }
  return out;
}

/** Both clips, of one size and length, in one picture. */
function shown(a: FramesValue, b: FramesValue, draw: Draw): FramesValue {
  async function* read() {
    const others = b.read()[Symbol.asyncIterator]();
    try {
      for await (const frame of a.read()) {
        const other = await others.next();
        if (other.done) return;
        yield drawn(frame, other.value, { ...draw, width: a.width, height: a.height });
      }
    } finally {
      await others.return?.();
    }
  }
  return { ...a, ...sizeOf(draw.view, a), read };
}

const shapeOf = ({ width, height, count, fps }: Facts): Shape | null =>
  typeof width === 'number' && typeof height === 'number' && typeof count === 'number' && typeof fps === 'number'
    ? { width, height, count, fps }
    : null;

export default defineNode({
  type: 'compare',
  version: 1,
  title: 'Compare',
  says: 'Two clips in one picture: side by side, one above the other, cut in halves, or where they differ as a heat map. The part that both have is shown.',
  inputs: {
    a: port.frames('The first clip'),
    b: port.frames('The clip it is held against'),
  },
  outputs: { frames: port.frames('Both, as one clip') },
  params: z.object({
    view: z.enum(views).default('side-by-side').meta({
      control: 'select',
      says: 'split shows A at the left of a line and B at the right; difference shows nothing where both are the same.',
    }),
    place: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({
        control: 'slider',
        step: 0.01,
        says: 'Where the line is, from left to right.',
        when: { param: 'view', is: ['split'] },
      }),
    gain: z
      .number()
      .min(1)
      .max(64)
      .default(4)
      .meta({
        control: 'slider',
        step: 1,
        says: 'How many times the difference is shown: at 4, a quarter of the range is as bright as it gets.',
        when: { param: 'view', is: ['difference'] },
      }),
  }),
  passes: { frames: 'a' },
  infer({ inputs, params }) {
    const [a, b] = [shapeOf(inputs.a?.facts ?? {}), shapeOf(inputs.b?.facts ?? {})];
    if (!a || !b) return { outputs: { frames: {} } };
    const part = commonPart(a, b);
    const { count, fps } = part;
    return {
      outputs: { frames: { ...sizeOf(params.view, part), count, fps } },
      note: part.says.join(' ') || undefined,
    };
  },
  async run({ inputs, params, ctx }) {
    const part = commonPart(inputs.a, inputs.b);
    const [a, b] = [inputs.a, inputs.b].map((clip) => broughtTo(part, clip, ctx.media.resize));
    return { frames: counted(shown(a!, b!, params), ctx.progress) };
  },
});
