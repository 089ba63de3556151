import type { Checkpoint } from '../../checkpoint';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { concat, reshape, slice } from '../../onnx/ops';
import type { Device } from '../../session';

/** A piece of a clip inside a graph: [1, channels, frames, height, width]. Sizes are known when the graph is built. */
export interface Volume {
  value: Value;
  channels: number;
  frames: number;
  height: number;
  width: number;
  margins: Margins;
}

/** Pixels that lie beyond a part of a picture, and are there only because it sees them. */
export interface Margins {
  top: number;
  left: number;
  bottom: number;
  right: number;
}
export const noMargins: Margins = { top: 0, left: 0, bottom: 0, right: 0 };

export const eachSide = (margins: Margins, change: (pixels: number) => number): Margins => ({
  top: change(margins.top),
  left: change(margins.left),
  bottom: change(margins.bottom),
  right: change(margins.right),
});

export type Shape5 = [batch: number, channels: number, frames: number, height: number, width: number];

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const numbersIn = ({ channels, frames, height, width }: Omit<Volume, 'value' | 'margins'>) =>
  channels * frames * height * width;

export const shapeOf = (x: Volume): Shape5 => [1, x.channels, x.frames, x.height, x.width];

/** Which piece of a clip a graph is for: the first frame has other rules than all that follow. */
export interface PieceKind {
  first: boolean;
  /** Whether another piece will follow, which needs the last frames of this one. */
  more: boolean;
  attention: Device['attention'];
  /**
   * How convolutions over time are done: `3d` as they are; `2d` as one per frame made, the frames it sees being channels
   * (PyTorch's weights serve for that as they lie). Every provider has the latter, and on the CPU it is 20 % faster for wide
   * networks; for narrow ones the larger graph costs more than it saves.
   */
  convolution: '2d' | '3d';
}

/** Names of a finished graph's caches, to be given back to the graph of the next piece. */
export interface PieceGraph {
  model: OnnxModel;
  input: Shape5;
  output: Shape5;
  /** Frames that layers remember, by name: taken by all pieces but the first, made by all that are followed by another. */
  takes: ReadonlyMap<string, Shape5>;
  makes: readonly string[];
  /** Numbers that go into and come out of its largest convolution: what its working memory grows with. */
  widest: number;
  /** Bytes of weights that are not left in their file: frame by frame, ONNX Runtime keeps them in blocks of its own. */
  weights: number;
}

/** A piece at work takes so many times what its largest convolution reads and writes (measured on Wan 2.1). */
const working = 4;

/** Bytes that a clip works with which passes through some graphs in turns: what is remembered, in use, and packed. */
export function workOf(graphs: readonly PieceGraph[]): number {
  const shapes = graphs.flatMap(({ takes }) => [...takes.values()]);
  const remembered = shapes.reduce((sum, shape) => sum + product(shape), 0);
  const widest = Math.max(...graphs.map((graph) => graph.widest));
  return 4 * (remembered + working * widest) + graphs.reduce((sum, { weights }) => sum + weights, 0);
}

/**
 * Private memory of a process that works with so many bytes: freed memory which the allocator keeps (server/worker/malloc.json)
 * and what the collector has not come by come on top. Measured with Wan 2.1's decoder: 0.75 GB where 0.38 are worked with
 * (256x256), 0.78 where it is 0.63 (480x272).
 */
export const privateFor = (work: number): number => 1.1 * work + Math.min(work, 3e8);

/**
 * Builds the graph of one piece of a clip. Every convolution over time is causal: it sees the two frames before, which
 * a piece gets from the piece before it (zeros before the first), so that a clip of any length needs bounded memory.
 */
export class VaeGraph {
  readonly g: GraphBuilder;
  private readonly takes = new Map<string, Shape5>();
  private readonly makes: { key: string; joined: Value; from: number; to: number }[] = [];
  private widest = 0;
  private weights = 0;

  constructor(
    name: string,
    readonly checkpoint: Checkpoint,
    readonly kind: PieceKind,
  ) {
    this.g = new GraphBuilder(name);
  }

  input(shape: Shape5, margins = noMargins): Volume {
    const [, channels, frames, height, width] = shape;
    return { value: this.g.input('x', 'f32', shape), channels, frames, height, width, margins };
  }

  finish(input: Volume, output: Volume): PieceGraph {
    const { g, takes, widest, weights } = this;
    g.output('y', output.value);
    // ONNX Runtime walks back from the nodes that nothing follows, the last one of the list first. With the memory of the
    // first layer at the very end, every layer's joined frames are let go as soon as it has run; else all of them live
    // until the last layer, which takes three times as much.
    for (const { key, joined, from, to } of this.makes.slice().reverse()) {
      g.output(`${key}.after`, slice(g, joined, { axis: 2, from, to }));
    }
    const makes = this.makes.map(({ key }) => key);
    return { model: g.finish(), input: shapeOf(input), output: shapeOf(output), takes, makes, widest, weights };
  }

  /**
   * `x` with the `frames` frames before it: those that the layer `key` remembers from the piece before, zeros in the first
   * piece. The last frames of the result are left to the piece that follows.
   */
  withPast(x: Volume, key: string, frames: number): Volume {
    const { g } = this;
    const shape: Shape5 = [1, x.channels, frames, x.height, x.width];
    let value: Value;
    if (this.kind.first) {
      value = g.op('Pad', [x.value, g.ints([0, 0, frames, 0, 0, 0, 0, 0, 0, 0])], { mode: 'constant' });
    } else {
      this.takes.set(key, shape);
      value = concat(g, [g.input(`${key}.before`, 'f32', shape), x.value], 2);
    }
    if (this.kind.more) {
      // The runner lets this be written where the past was read. That is safe only because it is cut from the joined
      // frames: it cannot be written before the old content has been read.
      this.makes.push({ key, joined: value, from: x.frames, to: x.frames + frames });
    }
    return { ...x, value, frames: x.frames + frames };
  }

  /**
   * A convolution over time and space with the PyTorch weights `key`: causal in time, zeros around the picture so that
   * its size stays.
   */
  conv(x: Volume, key: string, out: number, kernel: readonly [time: number, space: number]): Volume {
    const [time, space] = kernel;
    const shape = [out, x.channels, time, space, space];
    const side = (space - 1) / 2;
    const about: Convolution = { key, shape, pads: [side, side, side, side] };
    if (time === 1) return this.convolve(x, about);
    const joined = this.withPast(x, key, time - 1);
    // Before the first frame there is nothing: only the last of the weights in time has something to weigh.
    return this.kind.first ? this.convolve(x, { ...about, lastTap: true }) : this.convolve(joined, about);
  }

  /**
   * The same without padding in time: `about.shape` is that of the weights, [out, in, time, y, x] or [out, in, y, x].
   * Strides are in time and in space.
   */
  convolve(x: Volume, about: Convolution): Volume {
    const { g } = this;
    const stored = this.checkpoint.get(`${about.key}.weight`, about.shape);
    const bias = g.weight(this.checkpoint.get(`${about.key}.bias`, about.shape.slice(0, 1)));
    const [out = 0, channels = 0, ...kernel] = about.shape;
    const [high = 1, wide = 1] = kernel.slice(-2);
    const taps = kernel.length === 3 ? kernel[0]! : 1;
    const time = about.lastTap ? 1 : taps;
    const [step, stride] = about.strides ?? [1, 1];
    const isFlat = this.kind.convolution === '2d';
    const view = isFlat ? [out, channels * time, high, wide] : [out, channels, time, high, wide];
    const weight = about.lastTap
      ? reshape(g, slice(g, g.weight(stored), { axis: 2, from: taps - 1, to: taps }), view)
      : g.weight(stored, view);
    const y: Volume = {
      ...x,
      channels: out,
      frames: Math.floor((x.frames - time) / step) + 1,
      height: x.height / stride,
      width: x.width / stride,
    };
    this.widest = Math.max(this.widest, numbersIn(x) + numbersIn(y));
    if (isFlat) this.weights += 4 * product(view);
    const [top, left, bottom, right] = about.pads;
    if (!isFlat) {
      const pads = [0, top, left, 0, bottom, right];
      const strides = [step, stride, stride];
      return {
        ...y,
        value: g.op('Conv', [x.value, weight, bias], { kernel_shape: [time, high, wide], pads, strides }),
      };
    }
    const made = Array.from({ length: y.frames }, (_, i) => {
      const seen = x.frames === time ? x.value : slice(g, x.value, { axis: 2, from: i * step, to: i * step + time });
      const flat = reshape(g, seen, [1, channels * time, x.height, x.width]);
      const attributes = { kernel_shape: [high, wide], pads: about.pads, strides: [stride, stride] };
      return reshape(g, g.op('Conv', [flat, weight, bias], attributes), [1, out, 1, y.height, y.width]);
    });
    return { ...y, value: made.length === 1 ? made[0]! : concat(g, made, 2) };
  }
}

export interface Convolution {
  /** `<key>.weight` and `<key>.bias` are its tensors. */
  key: string;
  shape: readonly number[];
  pads: readonly [top: number, left: number, bottom: number, right: number];
  strides?: readonly [time: number, space: number];
  /** Use only the weights of the newest frame. */
  lastTap?: boolean;
}
