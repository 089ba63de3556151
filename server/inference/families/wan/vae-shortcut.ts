import { reshape, slice, transpose } from '../../onnx/ops';
import { eachSide, shapeOf, type VaeGraph, type Volume } from './vae-graph';

/** What a shortcut does to the size: factors of 1 or 2 in time and in space. */
export interface Factors {
  out: number;
  time: number;
  space: number;
}

/**
 * The parameter-free way round a block of Wan 2.2's encoder: pixels of a block of time and space become channels, and
 * neighbouring channels are averaged. Odd lengths (the first piece) get a zero frame before them.
 */
export function averageDown(b: VaeGraph, x: Volume, { out, time, space }: Factors): Volume {
  const { g } = b;
  const { channels, height, width } = x;
  const frames = Math.ceil(x.frames / time);
  const lacking = frames * time - x.frames;
  const whole = lacking
    ? g.op('Pad', [x.value, g.ints([0, 0, lacking, 0, 0, 0, 0, 0, 0, 0])], { mode: 'constant' })
    : x.value;
  const y: Volume = { ...x, channels: out, frames, height: height / space, width: width / space };
  const blocks = reshape(g, whole, [channels, frames, time, y.height, space, y.width, space]);
  const deep = transpose(g, blocks, [0, 2, 4, 6, 1, 3, 5]);
  const groups = reshape(g, deep, [out, (channels * time * space * space) / out, frames * y.height * y.width]);
  const averages = g.op('ReduceMean', [groups, g.ints([1])], { keepdims: 0 });
  return { ...y, value: reshape(g, averages, shapeOf(y)) };
}

/**
 * The parameter-free way round a block of Wan 2.2's decoder: channels are repeated and laid out as a block of time and
 * space. The clip's first frame stays a single one: of its block the last.
 */
export function duplicateUp(b: VaeGraph, x: Volume, { out, time, space }: Factors): Volume {
  const { g } = b;
  const { channels, frames, height, width } = x;
  const area = space * space;
  const repeats = (out * time * area) / channels;
  const rows = reshape(g, x.value, [channels, 1, frames * height * width]);
  const repeated = g.op('Expand', [rows, g.ints([channels, repeats, frames * height * width])]);
  const blocks = reshape(g, repeated, [out, time, space, space, frames, height, width]);
  const steps = b.kind.first ? 1 : time;
  const kept = steps < time ? slice(g, blocks, { axis: 1, from: time - steps, to: time }) : blocks;
  const laid = transpose(g, kept, [0, 4, 1, 5, 2, 6, 3]);
  const margins = eachSide(x.margins, (pixels) => space * pixels);
  const y: Volume = {
    ...x,
    channels: out,
    frames: frames * steps,
    height: height * space,
    width: width * space,
    margins,
  };
  return { ...y, value: reshape(g, laid, shapeOf(y)) };
}

/** Folds squares of `patch` pixels into channels: (channel, column, row), the column being the slower of the two. */
export function foldPatches(b: VaeGraph, x: Volume, patch: number): Volume {
  if (patch === 1) return x;
  const { channels, frames, height, width } = x;
  const y: Volume = { ...x, channels: channels * patch * patch, height: height / patch, width: width / patch };
  const blocks = reshape(b.g, x.value, [channels, frames, y.height, patch, y.width, patch]);
  return { ...y, value: reshape(b.g, transpose(b.g, blocks, [0, 5, 3, 1, 2, 4]), shapeOf(y)) };
}

/** Undoes `foldPatches`. */
export function unfoldPatches(b: VaeGraph, x: Volume, patch: number): Volume {
  if (patch === 1) return x;
  const { frames, height, width } = x;
  const channels = x.channels / (patch * patch);
  const y: Volume = { ...x, channels, height: height * patch, width: width * patch };
  const blocks = reshape(b.g, x.value, [channels, patch, patch, frames, height, width]);
  return { ...y, value: reshape(b.g, transpose(b.g, blocks, [0, 3, 4, 2, 5, 1]), shapeOf(y)) };
}
