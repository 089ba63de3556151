import type { Checkpoint } from '../../checkpoint';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { concat, slice } from '../../onnx/ops';

/**
 * A stretch of a clip inside a graph: [1, channels, frames, height, width]. Sizes are known when the graph is built. With
 * no frames there is no value: layers that wait for more have nothing to say yet.
 */
export interface Volume {
  value: Value | null;
  channels: number;
  frames: number;
  height: number;
  width: number;
}
export type Shape5 = [batch: number, channels: number, frames: number, height: number, width: number];

export const shapeOf = (x: Volume): Shape5 => [1, x.channels, x.frames, x.height, x.width];

/** The same size with another value, if there is one. */
export const map = (x: Volume, change: (value: Value) => Value): Volume =>
  x.value ? { ...x, value: change(x.value) } : x;

/** What layers have kept for the piece that follows, by layer. Shapes may have no frames; `null` before the first piece. */
export type Kept = ReadonlyMap<string, Shape5>;

export interface StageKind {
  checkpoint: Checkpoint;
  /** What the piece before has left; null when there is none. */
  kept: Kept | null;
  /**
   * So many of the convolutions over time, counted from the entrance, get no more frames after this piece: all of them in
   * the last one. A few at a time let out what they have held back, lest all of it comes at once.
   */
  ends: number;
  /** Whether convolutions see only what was before, or as much after. */
  causal: boolean;
}

export interface StageGraph {
  model: OnnxModel;
  input: Shape5;
  /** Without frames when all that came in is still waited upon: then there is no output `y`. */
  output: Shape5;
  /** What it takes from the piece before and leaves to the next; empty ones are in neither list of names. */
  kept: Kept;
  /** How many convolutions over time there are. */
  convolutions: number;
  /** Further inputs: noise for layers that add some, by name, in the order in which they ask for it. */
  noise: ReadonlyMap<string, Shape5>;
}

/**
 * Builds the graph of one stage of the VAE for one piece of a clip. A convolution over time sees frames before and after:
 * it holds back what it cannot finish yet and goes on with it in the next piece, so that a clip of any length is coded
 * exactly, in memory that does not depend on the length. At the ends the outermost frame stands in for what is missing.
 */
export class StageBuilder {
  readonly g: GraphBuilder;
  private readonly kept = new Map<string, Shape5>();
  private readonly noise = new Map<string, Shape5>();
  private convolutions = 0;

  constructor(
    name: string,
    readonly kind: StageKind,
  ) {
    this.g = new GraphBuilder(name);
  }

  get checkpoint(): Checkpoint {
    return this.kind.checkpoint;
  }

  input(shape: Shape5): Volume {
    const [, channels, frames, height, width] = shape;
    return { value: frames ? this.g.input('x', 'f32', shape) : null, channels, frames, height, width };
  }

  finish(input: Shape5, output: Volume): StageGraph {
    if (output.value) this.g.output('y', output.value);
    const { kept, noise, convolutions } = this;
    return { model: this.g.finish(), input, output: shapeOf(output), kept, noise, convolutions };
  }

  /** Input of N(0, 1) noise in the size of one frame, the same for all channels and frames. */
  noiseFor(key: string, x: Volume): Value {
    const shape: Shape5 = [1, 1, 1, x.height, x.width];
    this.noise.set(key, shape);
    return this.g.input(`${key}.noise`, 'f32', shape);
  }

  /** What `key` has held back, then `x`. */
  private joined(x: Volume, key: string): Volume {
    const before = this.kind.kept?.get(key);
    if (!before?.[2]) return x;
    const past = this.g.input(`${key}.before`, 'f32', before);
    const frames = before[2] + x.frames;
    return { ...x, frames, value: x.value ? concat(this.g, [past, x.value], 2) : past };
  }

  /** Frames [from, to). */
  cut(x: Volume, from: number, to: number): Volume {
    const frames = Math.max(0, to - from);
    if (frames === x.frames) return x;
    if (frames === 0) return { ...x, frames, value: null };
    return { ...x, frames, value: x.value && slice(this.g, x.value, { axis: 2, from, to }) };
  }

  private holdBack(x: Volume, key: string, from: number): void {
    const rest = this.cut(x, from, x.frames);
    this.kept.set(key, shapeOf(rest));
    if (rest.value) this.g.output(`${key}.after`, rest.value);
  }

  /** `before` and `after` more copies of the outermost frames. */
  private extended(x: Volume, before: number, after: number): Volume {
    if (!x.value || before + after === 0) return x;
    const first = this.cut(x, 0, 1).value;
    const last = this.cut(x, x.frames - 1, x.frames).value;
    const parts = [...new Array(before).fill(first), x.value, ...new Array(after).fill(last)] as Value[];
    return { ...x, frames: before + x.frames + after, value: concat(this.g, parts, 2) };
  }

  /** The first frame of the clip stands `copies` more times before it. */
  repeatFirst(x: Volume, key: string, copies: number): Volume {
    const begins = this.seesFirst(x, key);
    return begins ? this.extended(x, copies, 0) : x;
  }

  /** True in the one piece in which layer `key` gets the first frame of the clip. */
  seesFirst(x: Volume, key: string): boolean {
    const mark = `${key} begun`;
    const isBegun = this.kind.kept?.has(mark) ?? false;
    if (!isBegun && x.frames === 0) return false;
    this.kept.set(mark, [1, 0, 0, 0, 0]);
    return !isBegun;
  }

  /** Whole groups of `size` frames; what is over waits. */
  groups(x: Volume, key: string, size: number): Volume {
    const all = this.joined(x, key);
    const whole = Math.floor(all.frames / size) * size;
    this.holdBack(all, key, whole);
    return this.cut(all, 0, whole);
  }

  /** The next `count` frames of a way round other layers, which are slower. */
  delayed(x: Volume, key: string, count: number): Volume {
    const all = this.joined(x, key);
    this.holdBack(all, key, count);
    return this.cut(all, 0, count);
  }

  /** A convolution with the PyTorch weights `<key>.weight`, [out, in, time, side, side]: zeros round the picture. */
  conv(x: Volume, key: string, about: { out: number; kernel: number; stride?: number }): Volume {
    const { out, kernel, stride = 1 } = about;
    const shape = [out, x.channels, kernel, kernel, kernel];
    const weight = this.checkpoint.get(`${key}.weight`, shape);
    const bias = this.checkpoint.get(`${key}.bias`, [out]);
    const after = this.kind.causal ? 0 : (kernel - 1) / 2;
    let all = x;
    let isLast = false;
    if (kernel > 1) {
      isLast = this.convolutions++ < this.kind.ends;
      all = this.joined(this.repeatFirst(x, key, kernel - 1 - after), key);
      if (isLast) all = this.extended(all, 0, after);
    }
    const made = all.frames < kernel ? 0 : Math.floor((all.frames - kernel) / stride) + 1;
    if (kernel > 1 && !isLast) this.holdBack(all, key, made * stride);
    const y = { ...x, channels: out, frames: made, height: x.height / stride, width: x.width / stride };
    if (made === 0) return { ...y, value: null };
    const seen = this.cut(all, 0, (made - 1) * stride + kernel);
    const side = (kernel - 1) / 2;
    return {
      ...y,
      value: this.g.op('Conv', [seen.value, this.g.weight(weight), this.g.weight(bias)], {
        kernel_shape: [kernel, kernel, kernel],
        pads: [0, side, side, 0, side, side],
        strides: [stride, stride, stride],
      }),
    };
  }
}
