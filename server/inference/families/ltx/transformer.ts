import { setImmediate } from 'node:timers/promises';
import type { Denoiser } from '../../../../nodes/machine';
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
import { type Places, ropeTables } from './rope';
import { isSmall, type TransformerConfig, timeWidth, transformerShapes, widthOf } from './transformer-config';
import { blocksGraph, keyName, textGraph, timeGraph, valueName } from './transformer-graph';

/** As for Wan: blocks are run in pieces so that a cancel is noticed. */
const pieceBytes = 600e6;

interface Piece {
  from: number;
  to: number;
  session: Session;
}

export type Prediction = Parameters<Denoiser['predict']>[0];
/** What the network must know of the clips it is shown, beside their latents. */
export type ClipFacts = Pick<Places, 'time' | 'scale' | 'timing'> & {
  /** For latents that do not say. */
  fps: number;
};

/** LTX-Video's denoising network, opened piece by piece from a checkpoint. */
export class LtxTransformer {
  private readonly pieces = new Lazy(() => this.openPieces());
  private readonly time = new Lazy(() => this.openSession('Denoiser, time embedding', timeGraph(this.about)));
  private readonly text = new Lazy(() => this.openSession('Denoiser, text projections', textGraph(this.about)));
  private readonly about: { config: TransformerConfig; checkpoint: Checkpoint; device: Device };
  /** Keys and values of prompts, for as long as their states are in use elsewhere. */
  private readonly words = new WeakMap<Float32Array, Map<string, Promise<Record<string, Tensor>>>>();
  private readonly times: KnownTimes;
  private readonly places = new KnownPlaces();
  private readonly weights: 'mapped' | 'resident';
  private readonly blockWeights: Holding;

  /** Throws when the checkpoint lacks a tensor that the config asks for or has it in another shape. */
  constructor(
    files: { config: TransformerConfig; checkpoint: Checkpoint },
    private readonly clip: ClipFacts,
    device: Device = cpu,
    private readonly maxPieceBytes = pieceBytes,
  ) {
    this.about = { ...files, device };
    for (const [name, shape] of transformerShapes(files.config)) files.checkpoint.get(name, shape);
    this.weights = isSmall(files.config) ? 'resident' : 'mapped';
    const widths = { features: timeWidth, width: widthOf(files.config) };
    this.times = new KnownTimes(widths, () => this.time.get());
    const bytes = int8Bytes(files.checkpoint);
    const exact = isSmall(files.config) ? 'resident' : holdWide(wideBytes(files.checkpoint.tensors.values()));
    this.blockWeights = bytes ? holdInt8(bytes) : exact;
  }

  /** The velocity (noise minus data), [out channels, frames, height, width]. Changes no argument. */
  async predict(call: Prediction): Promise<Float32Array> {
    const { config } = this.about;
    const [channels, frames, height, width] = call.shape;
    const tokens = frames * height * width;
    if (channels !== config.in_channels || call.latent.length !== channels * tokens) {
      throw new Error(
        `The denoiser takes latents of ${config.in_channels} channels and was given [${call.shape.join(', ')}]. Make the latent with a node of the same model.`,
      );
    }
    const strengths = call.loraStrengths ?? [];
    const [words, times] = [await this.wordsOf(call.text, strengths), await this.times.of(call, frames)];
    const shared: Record<string, Tensor> = {
      ...this.tablesOf(call),
      ...strengthFeeds(strengths),
      ...times,
    };
    let x: FloatTensor = { data: call.latent, shape: [channels, tokens] };
    for (const { from, to, session } of await this.pieces.get()) {
      call.signal?.throwIfAborted();
      const feeds: Record<string, Tensor> = { ...shared, [from === 0 ? 'latent' : 'x']: x };
      for (let block = from; block < to; block++) {
        for (const name of [keyName(block), valueName(block)]) feeds[name] = words[name]!;
      }
      const isLast = to === config.num_layers;
      const output = isLast ? 'velocity' : 'y';
      x = (await session.run(feeds, [output]))[output];
      await setImmediate(); // A run blocks the event loop; here messages such as a cancel come in.
    }
    call.signal?.throwIfAborted();
    return x.data;
  }

  async release(): Promise<void> {
    await this.pieces.close(async (pieces) => {
      for (const { session } of pieces) await session.release();
    });
    await this.time.close((session) => session.release());
    await this.text.close((session) => session.release());
  }

  private openSession(name: string, model: OnnxModel): Promise<Session> {
    return Session.open(name, model, { device: this.about.device, weights: this.weights });
  }

  private async openPieces(): Promise<Piece[]> {
    const { config, checkpoint } = this.about;
    const bytes = checkpoint.files.reduce((total, file) => total + file.bytes, 0);
    const pieces: Piece[] = [];
    for (const { from, to } of layerRanges(config.num_layers, bytes, this.maxPieceBytes)) {
      const name = `Denoiser, blocks ${from} to ${to - 1}`;
      const options = { device: this.about.device, weights: this.blockWeights };
      pieces.push({ from, to, session: await Session.open(name, blocksGraph(this.about, { from, to }), options) });
    }
    return pieces;
  }

  /** LoRAs may change keys and values, so these are known by their strengths too. */
  private wordsOf(text: ConditioningValue, strengths: readonly number[]): Promise<Record<string, Tensor>> {
    const byStrengths = this.words.get(text.states) ?? new Map<string, Promise<Record<string, Tensor>>>();
    this.words.set(text.states, byStrengths);
    const key = strengths.join();
    const known = byStrengths.get(key);
    if (known) return known;
    const made = this.makeWords(text, strengths);
    byStrengths.set(key, made);
    made.catch(() => byStrengths.delete(key));
    return made;
  }

  private async makeWords(
    { states, tokens, width }: ConditioningValue,
    strengths: readonly number[],
  ): Promise<Record<string, Tensor>> {
    const { caption_channels: wanted, num_layers: layers } = this.about.config;
    if (width !== wanted || tokens < 1 || states.length < tokens * width) {
      throw new Error(
        `The denoiser takes text states of width ${wanted} and was given ${tokens} tokens of ${width} in ${states.length} numbers. Use the text encoder of the same model.`,
      );
    }
    const names = Array.from({ length: layers }, (_, block) => [keyName(block), valueName(block)]).flat();
    const feeds = {
      states: { data: states.subarray(0, tokens * width), shape: [tokens, width] },
      ...strengthFeeds(strengths),
    };
    return (await this.text.get()).run(feeds, names);
  }

  private tablesOf({ shape, fps = this.clip.fps, keyframes = [] }: Prediction): Readonly<Record<string, Tensor>> {
    const { config } = this.about;
    const [, all, rows, columns] = shape;
    const frames = all - keyframes.length;
    // It spans the whole width: each head of each token has a row of its own.
    const places = all * rows * columns * config.num_attention_heads;
    return this.places.of([frames, rows, columns, fps, ...keyframes].join(), places, () =>
      ropeTables({ ...this.clip, frames, rows, columns, fps, beside: keyframes }, widthOf(config)),
    );
  }
}
