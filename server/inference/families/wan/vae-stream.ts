import { type Device, type FloatTensor, Session } from '../../session';
import { giveBack, takeNumbers } from '../shared/numbers';
import type { PieceSize } from './vae-decoder';
import type { PieceGraph, PieceKind, Shape5 } from './vae-graph';

const tensor = (shape: Shape5): FloatTensor => ({ shape, data: takeNumbers(shape.reduce((a, b) => a * b, 1)) });

interface OpenPiece {
  graph: PieceGraph;
  session: Session;
  output: FloatTensor;
}

export interface StreamOptions {
  device: Device;
  convolution: PieceKind['convolution'];
  /** Whether the clip has more than its first piece. */
  more: boolean;
  /** The fewest frames a piece after the first may have. */
  step: number;
  build(piece: PieceKind & { size: PieceSize }): PieceGraph;
}

/**
 * Runs one half of the VAE over a clip, piece by piece, and carries what its layers remember from one piece to the next.
 * All memory is taken at the start and used again; none depends on the length of the clip. Release it when done.
 */
export class PieceStream {
  private readonly caches = new Map<string, FloatTensor>();
  private open: { frames: number; piece: OpenPiece } | undefined;
  private isFirst = true;

  constructor(private readonly options: StreamOptions) {}

  /**
   * The next piece: `x` [1, channels, frames, height, width] as the graph wants it; the first piece has one frame.
   * What it returns is overwritten by the next call.
   */
  async run(x: Float32Array, size: PieceSize): Promise<FloatTensor> {
    const { graph, session, output } = await this.piece(size);
    const feeds: Record<string, FloatTensor> = { x: { data: x, shape: graph.input } };
    const into: Record<string, FloatTensor> = { y: output };
    for (const key of this.isFirst ? [] : graph.takes.keys()) feeds[`${key}.before`] = this.cache(key);
    // Old and new content share one place; see VaeGraph.remembered.
    for (const key of graph.makes) into[`${key}.after`] = this.cache(key);
    await session.run(feeds, [], into);
    this.isFirst = false;
    return output;
  }

  async release(): Promise<void> {
    await this.close();
    for (const { data } of this.caches.values()) giveBack(data);
    this.caches.clear();
  }

  private async close(): Promise<void> {
    if (!this.open) return;
    const { session, output } = this.open.piece;
    this.open = undefined;
    await session.release();
    giveBack(output.data);
  }

  private cache(key: string): FloatTensor {
    const cache = this.caches.get(key);
    if (!cache) throw new Error(`The VAE layer "${key}" remembers frames that no later piece asks for.`);
    return cache;
  }

  private async piece(size: PieceSize): Promise<OpenPiece> {
    if (this.open?.frames === size.frames && !(this.isFirst || this.open.piece.graph.takes.size === 0)) {
      return this.open.piece;
    }
    await this.close();
    const { device, convolution, more, step, build } = this.options;
    const kind = { attention: device.attention, convolution, more };
    const graph = build({ ...kind, first: this.isFirst, size });
    if (this.isFirst && more) {
      // Only the graph of a later piece names all that is remembered: some layers start after the first piece, from zeros.
      const later = build({ ...kind, first: false, size: { ...size, frames: step } });
      for (const [key, shape] of later.takes) this.caches.set(key, tensor(shape));
    }
    // Weights stay in the file for small networks too: a clip is too short to earn back what packing them costs.
    const session = await Session.open('The Wan VAE', graph.model, { device });
    const piece = { graph, session, output: tensor(graph.output) };
    this.open = { frames: size.frames, piece };
    return piece;
  }
}
