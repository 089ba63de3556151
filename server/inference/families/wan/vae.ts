import type { Vae } from '../../../../nodes/machine';
import type { FramesValue, LatentValue, ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { vaeMemory } from '../../memory';
import { cpu, type Device, type FloatTensor } from '../../session';
import { eachChannel, joinPieces } from '../shared/pieces';
import { type Box, type PixelSource, pixelsOf } from '../shared/pixel-source';
import { toRgb8 } from '../shared/pixels';
import type { Tiling } from '../shared/tiles';
import { decodeInTiles, encodeInTiles, type Tell } from '../shared/vae-tiles';
import { patchOf, spaceFactor, timeFactor, type VaeConfig } from './vae-config';
import { type DecodeOptions, decodeInPieces, decodeWork, latentsPerPiece } from './vae-decode';
import { decoderGraph } from './vae-decoder';
import { encoderGraph } from './vae-encoder';
import { privateFor, workOf } from './vae-graph';
import { PieceStream } from './vae-stream';

type ClipShape = LatentValue['shape'];

/** Networks from this width on convolve frame by frame; see PieceKind. */
const wideBase = 64;
/** But not those with more bytes than this: ONNX Runtime copies the weights into blocks for it. */
const blockedBytes = 1e9;

/** How diffusers cuts pictures for AutoencoderKLWan, in pixels. */
const usualTiles: Tiling = { side: 256, stride: 192 };

export interface WanVaeFiles {
  config: VaeConfig;
  checkpoint: Checkpoint;
  /** Chosen by the width, size and type of the network unless said; see PieceKind. */
  convolution?: '2d' | '3d';
  /** How the wide layers of the decoder are run; see vae-decode.ts. */
  isSplit?: boolean;
  boxArea?: number;
  /** Bytes beyond which pictures are cut into tiles; `vaeMemory()` unless said. */
  budget?: number;
  /** In pixels; diffusers' unless said. */
  tiling?: Tiling;
}

/**
 * The video autoencoder of Wan 2.1 and 2.2. Works through a clip piece by piece, so that its memory depends on the size of
 * the picture and not on the number of frames. Pictures too large for the budget are cut into tiles, each of which is a
 * stream of its own.
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

  decode(latent: LatentValue, options: { fps?: number; tell?: Tell } = {}): FramesValue {
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
      read: () => this.readFrames(latent, options),
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
    // Counted after pixels are folded, as diffusers does: 2.2 has tiles of twice the side here.
    const tiling = this.tilingOf(patchOf(this.files.config));
    const encode = (box: Box) =>
      joinPieces(
        this.encodePieces(source.read(box, this.pieceFrames(box.height, box.width)), { ...box, count }),
        (count - 1) / this.time + 1,
      );
    const isTiled = isLarger(source, tiling) && this.bytesFor('encode', source) > this.budget;
    const { data, shape } = isTiled
      ? await encodeInTiles(source, { tiling, scale: this.space, encode })
      : await encode({ left: 0, top: 0, width, height });
    eachChannel(data, shape[0], (x, c) => (x - mean[c]!) / std[c]!);
    return { data, shape };
  }

  /**
   * Decodes `z` [channels, frames, height, width], not normalised. Yields pieces [1, 3, frames, height, width] in -1..1, each
   * overwritten by the next.
   */
  decodePieces(z: Float32Array, shape: ClipShape, options: DecodeOptions = {}): AsyncGenerator<FloatTensor> {
    return decodeInPieces({ ...this.files, ...this.how }, { z, shape }, options);
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

  /** Bytes that work on a clip of this size takes, untiled; the weights lie in their file. `size` is in pixels. */
  bytesFor(work: 'decode' | 'encode', size: { width: number; height: number; count: number }): number {
    const [height, width] = [size.height / this.space, size.width / this.space];
    const latents = 1 + Math.ceil((size.count - 1) / this.time);
    if (work === 'decode') {
      return privateFor(decodeWork({ ...this.files, ...this.how }, { frames: latents, height, width }));
    }
    const piece = { ...this.how, attention: this.how.device.attention };
    const frames =
      latents > 1 ? Math.min(this.pieceFrames(height * this.space, width * this.space), size.count - 1) : 1;
    const graph = encoderGraph(this.files.config, this.files.checkpoint, {
      ...piece,
      first: latents === 1,
      more: latents > 1,
      size: { frames, height: size.height, width: size.width },
    });
    return privateFor(workOf([graph]));
  }

  private get budget(): number {
    return this.files.budget ?? vaeMemory(this.how.device.memory);
  }

  private tilingOf(factor: number): Tiling {
    const { side, stride } = this.files.tiling ?? usualTiles;
    return { side: side * factor, stride: stride * factor };
  }

  private pieceFrames(height: number, width: number): number {
    return this.time * latentsPerPiece(height / this.space, width / this.space);
  }

  private async *readFrames(latent: LatentValue, { tell }: Pick<DecodeOptions, 'tell'>): AsyncGenerator<Uint8Array> {
    const { latents_mean: mean, latents_std: std } = this.files.config;
    const z = latent.data.slice();
    eachChannel(z, latent.shape[0], (x, c) => x * std[c]! + mean[c]!);
    for await (const piece of this.decodeClip(z, latent.shape, { tell })) yield* toRgb8(piece);
  }

  /** As `decodePieces`, in tiles where the picture is too large for the budget. */
  decodeClip(
    data: Float32Array,
    shape: ClipShape,
    { tell }: Pick<DecodeOptions, 'tell'> = {},
  ): AsyncIterable<FloatTensor> {
    const { time, space } = this;
    const [, frames, height, width] = shape;
    const tiling = this.tilingOf(1 / space);
    const size = { width: width * space, height: height * space, count: (frames - 1) * time + 1 };
    if (!isLarger({ height, width }, tiling) || this.bytesFor('decode', size) <= this.budget) {
      return this.decodePieces(data, shape, { tell });
    }
    const decode = (part: { data: Float32Array; shape: ClipShape }) =>
      this.decodePieces(part.data, part.shape, { unclamped: true });
    const unit = patchOf(this.files.config);
    return decodeInTiles({ data, shape }, { tiling, scale: space, unit, decode, frames: size.count, tell });
  }
}

const isLarger = (size: { height: number; width: number }, { side }: Tiling) => size.height > side || size.width > side;

/** Frame by frame pays for wide networks with fp32 weights: others have no weights ready to be put in blocks. */
function fasterConvolution({ config, checkpoint }: WanVaeFiles): '2d' | '3d' {
  const bytes = checkpoint.files.reduce((total, file) => total + file.bytes, 0);
  const isWide = Math.min(config.base_dim, config.decoder_base_dim ?? config.base_dim) >= wideBase;
  return isWide && bytes < blockedBytes && checkpoint.get('decoder.conv_in.weight').dtype === 'F32' ? '2d' : '3d';
}
