import type { Vae } from '../../../../nodes/machine';
import type { FramesValue, LatentValue, ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { cpu, type Device, type FloatTensor } from '../../session';
import { cutFrames, eachChannel, joinPieces } from '../shared/pieces';
import { toRgb8 } from '../shared/pixels';
import { type PixelSource, pixelsOf } from './pixel-source';
import { spaceFactor, timeFactor, type VaeConfig } from './vae-config';
import { decoderGraph } from './vae-decoder';
import { encoderGraph } from './vae-encoder';
import { PieceStream } from './vae-stream';

type ClipShape = LatentValue['shape'];

/** Pieces after the first hold as many latent frames as fit in so many latent pixels, but at least one. */
const piecePixels = 1024;
/** Networks from this width on convolve frame by frame; see PieceKind. */
const wideBase = 64;
/** But not those with more bytes than this: ONNX Runtime copies the weights into blocks for it. */
const blockedBytes = 1e9;

export interface WanVaeFiles {
  config: VaeConfig;
  checkpoint: Checkpoint;
  /** Chosen by the width, size and type of the network unless said; see PieceKind. */
  convolution?: '2d' | '3d';
}

/**
 * The video autoencoder of Wan 2.1 and 2.2. Works through a clip piece by piece, so that its memory depends on the size of
 * the picture and not on the number of frames. Spatial tiles would each be a stream of their own.
 */
export class WanVae implements Vae {
  private readonly how: { device: Device; convolution: '2d' | '3d' };
  private readonly time: number;
  private readonly space: number;

  /** Throws when the checkpoint lacks a tensor of the decoder or has it in another shape. */
  constructor(
    private readonly files: WanVaeFiles,
    readonly card: ModelCard,
    device: Device = cpu,
  ) {
    const { config, checkpoint } = files;
    this.time = timeFactor(config);
    this.space = spaceFactor(config);
    this.how = { device, convolution: files.convolution ?? fasterConvolution(files) };
    // Building a graph looks up every tensor and opens none.
    const size = { frames: 1, height: 2, width: 2 };
    decoderGraph(config, checkpoint, { first: false, more: true, attention: 'fused', convolution: '3d', size });
  }

  decode(latent: LatentValue, options: { fps?: number } = {}): FramesValue {
    const { card, time, space } = this;
    const { config } = this.files;
    if (latent.space !== card.latent.space) {
      throw new Error(
        `This latent is of the space "${latent.space}", but the VAE of ${card.title} decodes "${card.latent.space}". Use the VAE of the model that made it.`,
      );
    }
    const [channels, frames, height, width] = latent.shape;
    if (channels !== config.z_dim || frames < 1 || latent.data.length !== channels * frames * height * width) {
      throw new Error(
        `A latent of ${latent.data.length} numbers in the shape [${latent.shape.join(', ')}] cannot be decoded: this VAE takes ${config.z_dim} channels. Make the latent again with ${card.title}.`,
      );
    }
    return {
      kind: 'frames',
      width: width * space,
      height: height * space,
      count: (frames - 1) * time + 1,
      fps: options.fps ?? latent.fps ?? card.defaults.fps,
      read: () => this.readFrames(latent),
    };
  }

  async encode(frames: FramesValue): Promise<LatentValue> {
    const { card, time } = this;
    const { width, height, count } = frames;
    const { multiple } = card.latent;
    if (width % multiple || height % multiple || width === 0 || height === 0) {
      throw new Error(
        `The VAE of ${card.title} takes frames whose sides are multiples of ${multiple}; these are ${width}x${height}. Resize or crop them first.`,
      );
    }
    if (count < 1 || (count - 1) % time) {
      const fitting = Math.max(1, Math.floor((count - 1) / time) * time + 1);
      throw new Error(
        `The VAE of ${card.title} takes 1, ${time + 1}, ${2 * time + 1} … frames; these are ${count}. Trim them to ${fitting}.`,
      );
    }
    const { data, shape } = await this.encodePixels(pixelsOf(frames));
    return { kind: 'latent', space: card.latent.space, data, shape, fps: frames.fps };
  }

  /** Normalised latents of frames that need not be bytes. */
  async encodePixels(source: PixelSource): Promise<{ data: Float32Array; shape: ClipShape }> {
    const { latents_mean: mean, latents_std: std } = this.files.config;
    const { width, height, count } = source;
    const pixels = source.read({ left: 0, top: 0, width, height }, this.pieceFrames(height, width));
    const { data, shape } = await joinPieces(
      this.encodePieces(pixels, { height, width, count }),
      (count - 1) / this.time + 1,
    );
    eachChannel(data, shape[0], (x, c) => (x - mean[c]!) / std[c]!);
    return { data, shape };
  }

  /**
   * Decodes `z` [channels, frames, height, width], not normalised. Yields pieces [1, 3, frames, height, width] in -1..1, each
   * overwritten by the next. `latentFrames` sets the length of the pieces after the first.
   */
  async *decodePieces(z: Float32Array, shape: ClipShape, latentFrames?: number): AsyncGenerator<FloatTensor> {
    const { config, checkpoint } = this.files;
    const [, frames, height, width] = shape;
    const length = latentFrames ?? Math.max(1, Math.floor(piecePixels / (height * width)));
    const build = decoderGraph.bind(null, config, checkpoint);
    const stream = new PieceStream({ ...this.how, more: frames > 1, step: 1, build });
    try {
      for (let from = 0; from < frames; ) {
        const size = { frames: from === 0 ? 1 : Math.min(length, frames - from), height, width };
        yield await stream.run(cutFrames(z, shape, { from, frames: size.frames }), size);
        from += size.frames;
      }
    } finally {
      await stream.release();
    }
  }

  /** Encodes pieces [1, 3, frames, height, width] in -1..1, the first of one frame; yields means, not normalised. */
  async *encodePieces(
    pieces: AsyncIterable<FloatTensor>,
    clip: { height: number; width: number; count: number },
  ): AsyncGenerator<FloatTensor> {
    const { config, checkpoint } = this.files;
    const { height, width, count } = clip;
    const build = encoderGraph.bind(null, config, checkpoint);
    const stream = new PieceStream({ ...this.how, more: count > 1, step: this.time, build });
    try {
      for await (const { data, shape } of pieces) yield await stream.run(data, { frames: shape[2]!, height, width });
    } finally {
      await stream.release();
    }
  }

  private pieceFrames(height: number, width: number): number {
    const latentPixels = (height * width) / this.space ** 2;
    return this.time * Math.max(1, Math.floor(piecePixels / latentPixels));
  }

  private async *readFrames(latent: LatentValue): AsyncGenerator<Uint8Array> {
    const { latents_mean: mean, latents_std: std } = this.files.config;
    const z = latent.data.slice();
    eachChannel(z, latent.shape[0], (x, c) => x * std[c]! + mean[c]!);
    for await (const piece of this.decodePieces(z, latent.shape)) yield* toRgb8(piece);
  }
}

/** Frame by frame pays for wide networks with fp32 weights: others have no weights ready to be put in blocks. */
function fasterConvolution({ config, checkpoint }: WanVaeFiles): '2d' | '3d' {
  const bytes = checkpoint.files.reduce((total, file) => total + file.bytes, 0);
  const isWide = Math.min(config.base_dim, config.decoder_base_dim ?? config.base_dim) >= wideBase;
  return isWide && bytes < blockedBytes && checkpoint.get('decoder.conv_in.weight').dtype === 'F32' ? '2d' : '3d';
}
