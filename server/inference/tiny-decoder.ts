import type { Vae } from '../../nodes/machine';
import type { FramesValue, LatentValue, ModelCard } from '../../nodes/values';
import { cutFrames } from './families/shared/pieces';
import { toRgb8 } from './families/shared/pixels';
import { openSafetensors } from './safetensors';
import { cpu, type Device, type FloatTensor, Session } from './session';
import { bodyGraph, headGraph, memories, memoryName, type TinyFiles } from './tiny-graph';
import { tinyLayout } from './tiny-layout';

/**
 * A tiny decoder in place of a VAE (TAEHV; see tiny-layout.ts). One latent frame at a time, one picture at a time in the last
 * layers, so that memory depends on the size of the picture alone. It is told normalised latents as they are. Of `time`
 * pictures for each latent frame the first latent has one: what comes before it is left out.
 */
export class TinyDecoder implements Vae {
  private constructor(
    readonly card: ModelCard,
    private readonly files: TinyFiles,
    private readonly device: Device,
  ) {}

  /** Throws a sentence when the file is no tiny decoder, or one for other latents. */
  static async open(path: string, card: ModelCard, device: Device = cpu): Promise<TinyDecoder> {
    const { tensors } = await openSafetensors(path);
    const layout = tinyLayout(tensors);
    const { channels, time, scale } = card.latent;
    if (!layout || layout.channels !== channels || 8 * layout.patch !== scale) {
      throw new Error(
        `${path}: this is no tiny decoder for the latents of ${card.title}. Choose the full decoder, or put the right file there.`,
      );
    }
    return new TinyDecoder(card, { layout, tensors, time }, device);
  }

  decode(latent: LatentValue, options: { fps?: number } = {}): FramesValue {
    const { space, channels, time, scale } = this.card.latent;
    const [given, frames, height, width] = latent.shape;
    if (latent.space !== space || given !== channels || frames < 1) {
      throw new Error(
        `This latent is of the space "${latent.space}", but ${this.card.title} decodes "${space}". Use the VAE of the model that made it.`,
      );
    }
    return {
      kind: 'frames',
      width: width * scale,
      height: height * scale,
      count: (frames - 1) * time + 1,
      fps: options.fps ?? latent.fps ?? this.card.defaults.fps,
      read: () => this.read(latent),
    };
  }

  encode(): Promise<LatentValue> {
    throw new Error('A tiny decoder only decodes. Use the full VAE to encode.');
  }

  private async *read(latent: LatentValue): AsyncGenerator<Uint8Array> {
    for await (const picture of this.pictures(latent)) yield* toRgb8(picture);
  }

  /** Pictures [1, 3, 1, height, width] in -1..1, in order. */
  async *pictures({ data, shape }: Pick<LatentValue, 'data' | 'shape'>): AsyncGenerator<FloatTensor> {
    const { files, device } = this;
    const [channels, frames, height, width] = shape;
    const options = { device, weights: 'resident' } as const;
    const body = await Session.open('The tiny decoder', bodyGraph(files), options);
    try {
      const head = await Session.open('The tiny decoder, pictures', headGraph(files), options);
      try {
        let before = emptyMemories(files, { height, width });
        for (let frame = 0; frame < frames; frame++) {
          const x = { data: cutFrames(data, shape, { from: frame, frames: 1 }), shape: [1, channels, height, width] };
          const after = memories(files.layout).map(({ block }) => `${memoryName(block)}.after`);
          const made = await body.run({ x, ...before }, ['y', ...after]);
          before = Object.fromEntries(after.map((name) => [name.replace('.after', '.before'), made[name]!]));
          // The pictures before the clip's first one.
          yield* this.shown(head, made['y']!, frame === 0 ? files.time - 1 : 0);
        }
      } finally {
        await head.release();
      }
    } finally {
      await body.release();
    }
  }

  /** The pictures of what the first layers made of a latent frame, but for so many at the beginning. */
  private async *shown(head: Session, made: FloatTensor, leftOut: number): AsyncGenerator<FloatTensor> {
    const [count = 1, ...one] = made.shape;
    const size = made.data.length / count;
    const each = this.files.time / count;
    for (let index = Math.floor(leftOut / each); index < count; index++) {
      const x = { data: made.data.subarray(index * size, (index + 1) * size), shape: [1, ...one] };
      const { pictures } = await head.run({ x }, ['pictures']);
      const [, frames = 1, height = 0, width = 0] = pictures.shape;
      for (let from = Math.max(0, leftOut - index * each); from < frames; from++) {
        const data = cutFrames(pictures.data, [3, frames, height, width], { from, frames: 1 });
        yield { data, shape: [1, 3, 1, height, width] };
      }
    }
  }
}

function emptyMemories(files: TinyFiles, size: { height: number; width: number }): Record<string, FloatTensor> {
  return Object.fromEntries(
    memories(files.layout).map(({ block, channels, scale }) => {
      const shape = [1, channels, size.height * scale, size.width * scale];
      return [`${memoryName(block)}.before`, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }];
    }),
  );
}
