import { createHash } from 'node:crypto';
import type { NoiseSource, Vae } from '../../../../nodes/machine';
import type { FramesValue, LatentValue, ModelCard } from '../../../../nodes/values';
import { vaeMemory } from '../../memory';
import { torchNoise } from '../../noise';
import { cpu, type Device, type FloatTensor } from '../../session';
import { eachChannel, joinPieces, pixelPieces } from '../shared/pieces';
import { toRgb8 } from '../shared/pixels';
import type { Tiling } from '../shared/tiles';
import { timeFeatures } from '../shared/time-features';
import { decodeInTiles, type Tell } from '../shared/vae-tiles';
import type { LtxVaeFiles } from './pipeline';
import { spaceFactor, timeFactor } from './vae-config';
import { timeWidth } from './vae-layers';
import { decodeBytes } from './vae-memory';
import { decoderStages, encoderStages, type Stage } from './vae-stages';
import { type ClipStream, runStage, type StreamOptions } from './vae-stream';

/** How decoders of 0.9.1 and later are used: told that a little noise is left in the latent, which is mixed in first. */
export interface DecodeHow {
  /** The time the decoder is told, 0..1. */
  timestep: number;
  /** The share of noise in what it is given. */
  noise: number;
}
/** As Lightricks recommends. diffusers' own default is none of either. */
export const decodeDefaults: DecodeHow = { timestep: 0.05, noise: 0.025 };

/** How diffusers cuts pictures for AutoencoderKLLTXVideo, in pixels. */
const usualTiles: Tiling = { side: 512, stride: 448 };

/** Pictures are read in pieces of so many frames. */
const readFrames = 8;

/**
 * LTX-Video's autoencoder (2501.00103, sections 2 and 3). Works through a clip stage by stage, each in pieces, exactly: see
 * StageBuilder. Memory depends on the size of the picture and not on the number of frames.
 */
export class LtxVae implements Vae {
  constructor(
    private readonly files: LtxVaeFiles,
    readonly card: ModelCard,
    private readonly device: Device = cpu,
    private readonly how: DecodeHow = decodeDefaults,
  ) {}

  /** `noise` stands in for that which follows from the latent; see `noiseOf`. */
  decode(latent: LatentValue, options: { fps?: number; noise?: NoiseSource; tell?: Tell } = {}): FramesValue {
    const { card } = this;
    const { config } = this.files;
    if (latent.space !== card.latent.space) {
      throw new Error(
        `This latent is of the space "${latent.space}", but the VAE of ${card.title} decodes "${card.latent.space}". Use the VAE of the model that made it.`,
      );
    }
    const [channels, frames, height, width] = latent.shape;
    if (
      channels !== config.latent_channels ||
      frames < 1 ||
      latent.data.length !== channels * frames * height * width
    ) {
      throw new Error(
        `A latent of ${latent.data.length} numbers in the shape [${latent.shape.join(', ')}] cannot be decoded: this VAE takes ${config.latent_channels} channels. Make the latent again with ${card.title}.`,
      );
    }
    const space = spaceFactor(config);
    return {
      kind: 'frames',
      width: width * space,
      height: height * space,
      count: (frames - 1) * timeFactor(config) + 1,
      fps: options.fps ?? latent.fps ?? card.defaults.fps,
      read: () => this.readPictures(latent, options.noise ?? noiseOf(latent), options.tell),
    };
  }

  async encode(frames: FramesValue): Promise<LatentValue> {
    const { card } = this;
    const { config, mean, std } = this.files;
    const { width, height, count } = frames;
    const { multiple } = card.latent;
    const time = timeFactor(config);
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
    const read = async function* () {
      // What is read is overwritten, and stages keep what they wait upon.
      for await (const { data, shape } of pixelPieces(frames, readFrames)) yield { data: data.slice(), shape };
    };
    const clip = this.encodeClip({ pieces: read(), frames: count, height, width });
    const { data, shape } = await joinPieces(clip.pieces, clip.frames);
    eachChannel(data, shape[0], (x, c) => ((x - mean[c]!) * config.scaling_factor) / std[c]!);
    return { kind: 'latent', space: card.latent.space, data, shape, fps: frames.fps };
  }

  /**
   * Decodes `z` [channels, frames, height, width], not normalised and with its noise. Yields pieces
   * [1, 3, frames, height, width] in about -1..1.
   */
  decodeClip(
    z: Float32Array,
    shape: LatentValue['shape'],
    how: Pick<StreamOptions, 'noise' | 'framesPerPiece'> = {},
  ): ClipStream {
    const { config, timeScale } = this.files;
    const [, frames, height, width] = shape;
    const time = config.timestep_conditioning
      ? { data: timeFeatures([this.how.timestep * timeScale], timeWidth), shape: [1, timeWidth] }
      : undefined;
    return this.through(
      decoderStages(config),
      { pieces: once({ data: z, shape: [1, ...shape] }), frames, height, width },
      {
        ...how,
        time,
      },
    );
  }

  /** Encodes pieces [1, 3, frames, height, width] in -1..1; yields means, not normalised. */
  encodeClip(clip: ClipStream, how: Pick<StreamOptions, 'framesPerPiece'> = {}): ClipStream {
    return this.through(encoderStages(this.files.config), clip, how);
  }

  private through(stages: Stage[], clip: ClipStream, how: Omit<StreamOptions, 'checkpoint' | 'device'>): ClipStream {
    const options = { ...how, checkpoint: this.files.checkpoint, device: this.device };
    return stages.reduce((before, stage) => runStage(stage, before, options), clip);
  }

  private async *readPictures(latent: LatentValue, noise: NoiseSource, tell?: Tell): AsyncGenerator<Uint8Array> {
    const { config, mean, std } = this.files;
    const z = latent.data.slice();
    eachChannel(z, latent.shape[0], (x, c) => (x * std[c]!) / config.scaling_factor + mean[c]!);
    if (config.timestep_conditioning) {
      const share = this.how.noise;
      const drawn = noise.normal(z.length);
      for (let i = 0; i < z.length; i++) z[i] = (1 - share) * z[i]! + share * drawn[i]!;
    }
    const how = { noise: (count: number) => noise.normal(count), tell };
    for await (const piece of this.decodeFilm(z, latent.shape, how)) yield* toRgb8(piece);
  }

  /** The pieces of `decodeClip`, in tiles where the picture is too large for the budget. */
  decodeFilm(
    data: Float32Array,
    shape: LatentValue['shape'],
    { noise, tell }: { noise(count: number): Float32Array; tell?: Tell | undefined },
  ): AsyncIterable<FloatTensor> {
    const scale = spaceFactor(this.files.config);
    const { side, stride } = this.files.tiling ?? usualTiles;
    const tiling = { side: Math.max(1, Math.floor(side / scale)), stride: Math.max(1, Math.floor(stride / scale)) };
    const [, latents, height, width] = shape;
    const isSmall = height <= tiling.side && width <= tiling.side;
    if (isSmall || decodeBytes(this.files, { height, width }) <= (this.files.budget ?? vaeMemory(this.device.memory))) {
      return this.decodeClip(data, shape, { noise }).pieces;
    }
    const decode = (part: { data: Float32Array; shape: LatentValue['shape'] }) =>
      this.decodeClip(part.data, part.shape, { noise }).pieces;
    const frames = (latents - 1) * timeFactor(this.files.config) + 1;
    return decodeInTiles({ data, shape }, { tiling, scale, unit: 1, decode, frames, tell });
  }
}

async function* once(piece: FloatTensor): AsyncGenerator<FloatTensor> {
  yield piece;
}

/** The noise a latent is decoded with follows from the latent: equal latents give equal pictures, without a seed. */
function noiseOf({ data }: LatentValue): NoiseSource {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return torchNoise(createHash('sha256').update(bytes).digest().readUInt32LE(0));
}
