import type { Checkpoint } from '../../checkpoint';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { concat, conv, slice } from '../../onnx/ops';
import type { Device } from '../../session';

/** A piece of a clip inside a graph: [1, channels, frames, height, width]. Sizes are known when the graph is built. */
export interface Volume {
  value: Value;
  channels: number;
  frames: number;
  height: number;
  width: number;
}
export type Shape5 = [batch: number, channels: number, frames: number, height: number, width: number];

export const shapeOf = (x: Volume): Shape5 => [1, x.channels, x.frames, x.height, x.width];

/** Which piece of a clip a graph is for: the first frame has other rules than all that follow. */
export interface PieceKind {
  first: boolean;
  /** Whether another piece will follow, which needs the last frames of this one. */
  more: boolean;
  attention: Device['attention'];
}

/** Names of a finished graph's caches, to be given back to the graph of the next piece. */
export interface PieceGraph {
  model: OnnxModel;
  input: Shape5;
  output: Shape5;
  /** Frames that layers remember, by name: taken by all pieces but the first, made by all that are followed by another. */
  takes: ReadonlyMap<string, Shape5>;
  makes: readonly string[];
}

/**
 * Builds the graph of one piece of a clip. Every convolution over time is causal: it sees the two frames before, which
 * a piece gets from the piece before it (zeros before the first), so that a clip of any length needs bounded memory.
 */
export class VaeGraph {
  readonly g: GraphBuilder;
  private readonly takes = new Map<string, Shape5>();
  private readonly makes: string[] = [];

  constructor(
    name: string,
    readonly checkpoint: Checkpoint,
    readonly kind: PieceKind,
  ) {
    this.g = new GraphBuilder(name);
  }

  input(shape: Shape5): Volume {
    const [, channels, frames, height, width] = shape;
    return { value: this.g.input('x', 'f32', shape), channels, frames, height, width };
  }

  finish(input: Volume, output: Volume): PieceGraph {
    this.g.output('y', output.value);
    const { takes, makes } = this;
    return { model: this.g.finish(), input: shapeOf(input), output: shapeOf(output), takes, makes };
  }

  /** `x` with what the layer `key` remembers put before it: `frames` frames. Only pieces after the first remember. */
  remembered(x: Volume, key: string, frames: number): Volume {
    const shape: Shape5 = [1, x.channels, frames, x.height, x.width];
    this.takes.set(key, shape);
    const before = this.g.input(`${key}.before`, 'f32', shape);
    const joined = { ...x, value: concat(this.g, [before, x.value], 2), frames: frames + x.frames };
    // The runner lets a cache be written where it was read. That is safe only because the new content is cut from the
    // joined frames: it cannot be written before the old content has been read.
    if (this.kind.more) {
      this.makes.push(key);
      this.g.output(`${key}.after`, slice(this.g, joined.value, { axis: 2, from: x.frames, to: joined.frames }));
    }
    return joined;
  }

  /** Has the first piece leave `frames` frames to the layer `key`: its last ones, after zeros where it has fewer. */
  remember(x: Volume, key: string, frames: number): void {
    if (!this.kind.more) return;
    this.makes.push(key);
    const zeros = this.g.ints([0, 0, frames - x.frames, 0, 0, 0, 0, 0, 0, 0]);
    this.g.output(`${key}.after`, this.g.op('Pad', [x.value, zeros], { mode: 'constant' }));
  }

  /**
   * A convolution over time and space with the PyTorch weights `key`: causal in time, zeros around the picture so that
   * its size stays.
   */
  conv(x: Volume, key: string, out: number, kernel: readonly [time: number, space: number]): Volume {
    const [time, space] = kernel;
    const { first } = this.kind;
    const before = time - 1;
    const side = (space - 1) / 2;
    let seen = x;
    if (before > 0) {
      if (first) this.remember(x, key, before);
      else seen = this.remembered(x, key, before);
    }
    const value = conv(this.g, seen.value, {
      weight: this.checkpoint.get(`${key}.weight`, [out, x.channels, time, space, space]),
      bias: this.checkpoint.get(`${key}.bias`, [out]),
      pads: [first ? before : 0, side, side, 0, side, side],
    });
    return { ...x, value, channels: out };
  }
}
