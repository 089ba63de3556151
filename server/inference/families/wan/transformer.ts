import { setImmediate } from 'node:timers/promises';
import type { ConditioningValue } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { int8Bytes } from '../../int8';
import { Lazy } from '../../lazy';
import { holdInt8, holdWide, wideBytes } from '../../memory';
import { strengthFeeds } from '../../onnx/deltas';
import type { OnnxModel } from '../../onnx/model';
import { cpu, type Device, type FloatTensor, type Holding, Session, type Tensor } from '../../session';
import { KnownPlaces } from '../shared/known-places';
import { KnownTimes } from '../shared/known-times';
import { layerRanges } from '../shared/layer-ranges';
import { type Patching, patchify, unpatchify } from './patches';
import { ropeTables } from './rope';
import { isSmall, type TransformerConfig, transformerShapes, widthOf } from './transformer-config';
import { blocksGraph, textGraph, timeGraph } from './transformer-graph';
import { imageGraph } from './transformer-image';
import { KnownPictures, type PictureStates, pictureOfBlock } from './transformer-picture';
import { KnownWords, type Words } from './transformer-words';

/** Blocks are run in pieces of at most so many bytes of weights, so that a cancel is noticed between pieces. */
const pieceBytes = 600e6;

interface Piece {
  from: number;
  to: number;
  session: Session;
}

export interface Prediction {
  /** [channels, frames, height, width]. */
  latent: Float32Array;
  /** Further channels that lie over the latent, [more channels, frames, height, width]: a mask and known frames. */
  beside?: Float32Array;
  /** What the image encoder says of the known frames, for models that have one. */
  picture?: PictureStates;
  shape: readonly [channels: number, frames: number, height: number, width: number];
  /** On the 0..1000 scale: one for the clip or one per latent frame. */
  timesteps: number | readonly number[];
  text: ConditioningValue;
  signal?: AbortSignal;
  /** Of the LoRAs the checkpoint was opened with, in their order. */
  loraStrengths?: readonly number[];
}

/** What all pieces of the network are given beside the tokens. */
interface Seen {
  shared: Record<string, Tensor>;
  words: Words;
  picture: Readonly<Record<string, Tensor>> | undefined;
}

/** Wan's denoising network, opened piece by piece from a checkpoint. */
export class WanTransformer {
  private readonly pieces = new Lazy(() => this.openPieces());
  private readonly time = new Lazy(() => this.openSession('Denoiser, time embedding', timeGraph(this.about())));
  private readonly text = new Lazy(() => this.openSession('Denoiser, text projections', textGraph(this.about())));
  private readonly image = new Lazy(() => this.openSession('Denoiser, picture', imageGraph(this.about())));
  private readonly words: KnownWords;
  private readonly pictures: KnownPictures;
  private readonly times: KnownTimes;
  private readonly places = new KnownPlaces();
  private readonly weights: 'mapped' | 'resident';
  private readonly blockWeights: Holding;

  /** Throws when the checkpoint lacks a tensor that the config asks for or has it in another shape. */
  constructor(
    private readonly config: TransformerConfig,
    private readonly checkpoint: Checkpoint,
    private readonly device: Device = cpu,
    private readonly maxPieceBytes = pieceBytes,
  ) {
    for (const [name, shape] of transformerShapes(config)) checkpoint.get(name, shape);
    this.weights = isSmall(config) ? 'resident' : 'mapped';
    const bytes = int8Bytes(checkpoint);
    const exact = isSmall(config) ? 'resident' : holdWide(wideBytes(checkpoint.tensors.values()));
    this.blockWeights = bytes ? holdInt8(bytes) : exact;
    this.times = new KnownTimes({ features: config.freq_dim, width: widthOf(config) }, () => this.time.get());
    this.words = new KnownWords(config, () => this.text.get());
    this.pictures = new KnownPictures(config, () => this.image.get());
  }

  /** Opens the sessions of the blocks; later calls find them open. */
  async open(): Promise<void> {
    await this.pieces.get();
  }

  /** The velocity (noise minus data), [out channels, frames, height, width]. Changes no argument. */
  async predict(call: Prediction): Promise<Float32Array> {
    const patching = this.patching(call);
    const { grid } = patching;
    const tokens = grid.frames * grid.rows * grid.columns;
    const strengths = strengthFeeds(call.loraStrengths ?? []);
    const [words, times] = [await this.words.of(call.text, strengths), await this.times.of(call, grid.frames)];
    const picture = await this.pictureOf(call.picture, strengths);
    const shared: Record<string, Tensor> = {
      ...this.tablesOf(patching),
      ...strengths,
      ...times,
      text_bias: words.biasFor(tokens),
    };
    const [, rows, columns] = this.config.patch_size;
    let x: FloatTensor = {
      data: patchify(joined(call.latent, call.beside), patching),
      shape: [tokens, this.config.in_channels * rows * columns],
    };
    for (const piece of await this.pieces.get()) {
      call.signal?.throwIfAborted();
      x = await this.runPiece(piece, x, { shared, words, picture });
      await setImmediate(); // A run blocks the event loop; here messages such as a cancel come in.
    }
    call.signal?.throwIfAborted();
    return unpatchify(x.data, { ...patching, channels: this.config.out_channels });
  }

  async release(): Promise<void> {
    await this.pieces.close(async (pieces) => {
      for (const { session } of pieces) await session.release();
    });
    await this.time.close((session) => session.release());
    await this.text.close((session) => session.release());
    await this.image.close((session) => session.release());
    // Keys and values of a prompt are as large as its states times twice the number of blocks.
    this.words.forget();
    this.pictures.forget();
  }

  private about() {
    return { config: this.config, checkpoint: this.checkpoint, device: this.device };
  }

  private openSession(name: string, model: OnnxModel): Promise<Session> {
    return Session.open(name, model, { device: this.device, weights: this.weights });
  }

  private async openPieces(): Promise<Piece[]> {
    const bytes = this.checkpoint.files.reduce((total, file) => total + file.bytes, 0);
    const pieces: Piece[] = [];
    for (const { from, to } of layerRanges(this.config.num_layers, bytes, this.maxPieceBytes)) {
      const session = await Session.open(
        `Denoiser, blocks ${from} to ${to - 1}`,
        blocksGraph(this.about(), { from, to }),
        { device: this.device, weights: this.blockWeights },
      );
      pieces.push({ from, to, session });
    }
    return pieces;
  }

  /** What the blocks need of the known pictures; nothing for models that see none. */
  private async pictureOf(
    picture: PictureStates | undefined,
    strengths: Readonly<Record<string, Tensor>>,
  ): Promise<Readonly<Record<string, Tensor>> | undefined> {
    if (!this.config.image_dim) return undefined;
    if (!picture) throw new Error('This denoiser was made to see a picture. Connect a frame conditioner to "Frames".');
    return this.pictures.of(picture, strengths);
  }

  private async runPiece(piece: Piece, x: FloatTensor, seen: Seen) {
    const feeds: Record<string, Tensor> = { ...seen.shared, [piece.from === 0 ? 'patches' : 'x']: x };
    const isLast = piece.to === this.config.num_layers;
    for (let block = piece.from; block < piece.to; block++) {
      Object.assign(feeds, seen.words.ofBlock(block), seen.picture && pictureOfBlock(seen.picture, block));
    }
    if (isLast) return (await piece.session.run(feeds, ['velocity'])).velocity;
    return (await piece.session.run(feeds, ['y'])).y;
  }

  private patching({ latent, beside, shape }: Prediction): Patching {
    const { in_channels: channels, patch_size, rope_max_seq_len: longest } = this.config;
    const [, rows, columns] = patch_size;
    const [given, frames, height, width] = shape;
    const volume = frames * height * width;
    if (latent.length !== given * volume || latent.length + (beside?.length ?? 0) !== channels * volume) {
      const more = beside ? ` and ${beside.length / volume} channels beside it` : '';
      throw new Error(
        `The denoiser takes ${channels} channels and was given [${shape.join(', ')}]${more}. Make the latent with a node of the same model.`,
      );
    }
    if (height % rows !== 0 || width % columns !== 0) {
      throw new Error(
        `A latent of ${width} x ${height} cannot be cut into patches of ${columns} x ${rows}. Choose a width and height that are multiples of the model's step.`,
      );
    }
    const grid = { frames, rows: height / rows, columns: width / columns };
    if (Math.max(grid.frames, grid.rows, grid.columns) > longest) {
      throw new Error(
        `The denoiser knows at most ${longest} positions per axis. Choose a smaller size or fewer frames.`,
      );
    }
    return { channels, grid, rows, columns };
  }

  private tablesOf({ grid }: Patching): Readonly<Record<string, Tensor>> {
    const { frames, rows, columns } = grid;
    return this.places.of(`${frames},${rows},${columns}`, frames * rows * columns, () =>
      ropeTables(grid, this.config.attention_head_dim),
    );
  }
}

function joined(latent: Float32Array, beside: Float32Array | undefined): Float32Array {
  if (!beside) return latent;
  const both = new Float32Array(latent.length + beside.length);
  both.set(latent);
  both.set(beside, latent.length);
  return both;
}
