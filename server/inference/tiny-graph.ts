import { GraphBuilder, type OnnxModel, type Value } from './onnx/model';
import { add, concat, conv, multiply, slice, transpose } from './onnx/ops';
import type { StoredTensor } from './safetensors';
import { dtypeBytes } from './safetensors-header';
import type { TinyLayout, TinyLevel } from './tiny-layout';

/** Where a tiny decoder's weights are, and how many frames it makes of one latent frame. */
export interface TinyFiles {
  layout: TinyLayout;
  tensors: ReadonlyMap<string, StoredTensor>;
  time: number;
}

const end = 2 ** 31;
const relu = (g: GraphBuilder, x: Value): Value => g.op('Relu', [x]);

export const memoryName = (block: number): string => `memory_${block}`;

/** Channels and the factor on the latent's sides of what each block remembers. */
export function memories({ levels }: TinyLayout): { block: number; channels: number; scale: number }[] {
  return levels.flatMap(({ blocks, width }, level) =>
    blocks.map((block) => ({ block, channels: width, scale: 2 ** level })),
  );
}

/** How often frames are doubled at each level: the last levels first, as published decoders do. */
function growths({ levels }: TinyLayout, time: number): number[] {
  const doublings = Math.round(Math.log2(time));
  return levels.map((_, level) => (level >= levels.length - doublings ? 2 : 1));
}

/** All but the last doubling: `x` [N, channels, h, w] of N latent frames in order → `y` [N * time, width, 4h, 4w]. */
export function bodyGraph(files: TinyFiles): OnnxModel {
  const { layout } = files;
  const g = new GraphBuilder('tiny-body');
  const get = lookup(files);
  const latent = g.input('x', 'f32', ['N', layout.channels, 'h', 'w']);
  let x: Value;
  if (layout.kind === 'super') x = conv(g, latent, { weight: get(`${layout.first}.weight`) });
  else {
    // Latents far off are drawn in: 3 tanh(x / 3).
    const near = multiply(g, g.op('Tanh', [multiply(g, latent, g.floats([1 / 3]))]), g.floats([3]));
    x = relu(g, same(g, near, { weight: get(`${layout.first}.weight`), bias: get(`${layout.first}.bias`) }));
  }
  const grows = growths(layout, files.time);
  for (const [level, about] of layout.levels.entries()) {
    for (const block of about.blocks) x = remembering(g, x, { files, block, level: about });
    const isLast = level === layout.levels.length - 1;
    if (layout.kind === 'super') {
      const wide = same(g, x, { weight: get(`${about.conv}.weight`), bias: get(`${about.conv}.bias`) });
      if (isLast) x = relu(g, wide);
      else x = grown(g, depthToSpace(g, relu(g, wide), 2), { files, level: about, grow: grows[level]! });
    } else {
      // Making frames is for each pixel by itself, so it may come before pixels are copied.
      x = grown(g, x, { files, level: about, grow: grows[level]! });
      if (!isLast) x = same(g, doubled(g, x), { weight: get(`${about.conv}.weight`) });
    }
  }
  g.output('y', x);
  return g.finish();
}

/** What is left, for one frame: `x` [1, width, 4h, 4w] → `pictures` [3, frames, height, width] in -1..1. */
export function headGraph(files: TinyFiles): OnnxModel {
  const { layout, time } = files;
  const g = new GraphBuilder('tiny-head');
  const get = lookup(files);
  const level = layout.levels.at(-1)!;
  let x = g.input('x', 'f32', [1, 'width', 'h', 'w']);
  if (layout.kind === 'super') {
    x = grown(g, depthToSpace(g, x, 2), { files, level, grow: growths(layout, time).at(-1)! });
  } else x = relu(g, same(g, doubled(g, x), { weight: get(`${level.conv}.weight`) }));
  x = same(g, x, { weight: get(`${layout.last}.weight`), bias: get(`${layout.last}.bias`) });
  if (layout.patch > 1) x = depthToSpace(g, x, layout.patch);
  const shown = add(
    g,
    multiply(g, g.op('Clip', [x, g.floats([0], []), g.floats([1], [])]), g.floats([2])),
    g.floats([-1]),
  );
  g.output('pictures', transpose(g, shown, [1, 0, 2, 3]));
  return g.finish();
}

const lookup =
  ({ tensors }: TinyFiles) =>
  (name: string): StoredTensor => {
    const found = tensors.get(`decoder.${name}`);
    if (!found) throw new Error(`The tiny decoder lacks "decoder.${name}". Download its file again.`);
    return found;
  };

/** A convolution that keeps the size of the picture. */
function same(g: GraphBuilder, x: Value, about: { weight: StoredTensor; bias?: StoredTensor }): Value {
  const side = about.weight.shape[3] ?? 1;
  const pad = (side - 1) / 2;
  return conv(g, x, { ...about, pads: [pad, pad, pad, pad] });
}

const doubled = (g: GraphBuilder, x: Value): Value =>
  g.op('Resize', [x, null, g.floats([1, 1, 2, 2])], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });

const depthToSpace = (g: GraphBuilder, x: Value, blocksize: number): Value =>
  g.op('DepthToSpace', [x], { blocksize, mode: 'CRD' });

/** `grow` frames of each: a 1x1 convolution, whose channels are cut into frames. A larger one's last frames are taken. */
function grown(g: GraphBuilder, x: Value, about: { files: TinyFiles; level: TinyLevel; grow: number }): Value {
  const weight = lookup(about.files)(`${about.level.time}.conv.weight`);
  const [rows = 0, width = 0] = weight.shape;
  const wanted = about.grow * width;
  const skipped = (rows - wanted) * width * dtypeBytes[weight.dtype];
  const bytes = weight.bytes - skipped;
  const cut = { ...weight, shape: [wanted, width, 1, 1], offset: weight.offset + skipped, bytes };
  return g.op('Reshape', [conv(g, x, { weight: cut }), g.ints([-1, width, 0, 0])]);
}

/** A block that is shown each frame with the one before it; what it was shown last, it is given back with the next piece. */
function remembering(g: GraphBuilder, x: Value, about: { files: TinyFiles; block: number; level: TinyLevel }): Value {
  const { files, block, level } = about;
  const name = memoryName(block);
  const get = (layer: string) => lookup(files)(`${block}.conv.${layer}`);
  const before = g.input(`${name}.before`, 'f32', [1, level.width, `h_${block}`, `w_${block}`]);
  const past = concat(g, [before, slice(g, x, { axis: 0, from: 0, to: -1 })], 0);
  g.output(`${name}.after`, slice(g, x, { axis: 0, from: -1, to: end }));
  const both = concat(g, [x, past], 1);
  if (files.layout.kind === 'super') {
    const spread = g.op('Conv', [both, g.weight(get('0.weight'))], {
      kernel_shape: [7, 7],
      pads: [3, 3, 3, 3],
      group: 2 * level.width,
    });
    const wide = relu(g, conv(g, spread, { weight: get('1.weight'), bias: get('1.bias') }));
    return add(g, conv(g, wide, { weight: get('3.weight') }), x);
  }
  let y = both;
  for (const layer of [0, 2, 4]) {
    y = same(g, y, { weight: get(`${layer}.weight`), bias: get(`${layer}.bias`) });
    if (layer < 4) y = relu(g, y);
  }
  return relu(g, add(g, y, x));
}
