import { setImmediate } from 'node:timers/promises';
import type { Denoiser } from '../../../../nodes/machine';
import type { ConditioningValue } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { int8Bytes } from '../../int8';
import { Lazy } from '../../lazy';
import { holdInt8 } from '../../memory';
import { strengthFeeds } from '../../onnx/deltas';
import type { OnnxModel } from '../../onnx/model';
import { cpu, type Device, type FloatTensor, integers, Session, type Tensor } from '../../session';
import { timeFeatures } from '../shared/time-features';
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
  private times: { key: string; embedding: FloatTensor; modulation: FloatTensor } | undefined;
  private tables: { key: string; feeds: Record<string, Tensor> } | undefined;
  private readonly weights: 'mapped' | 'resident';
  private readonly blockWeights: 'mapped' | 'resident' | 'unpacked';

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
    const bytes = int8Bytes(files.checkpoint);
    this.blockWeights = bytes ? holdInt8(bytes) : this.weights;
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
    const [words, times] = [await this.wordsOf(call.text, strengths), await this.timesOf(call, frames)];
    const shared: Record<string, Tensor> = {
      ...this.tablesOf(call),
      ...strengthFeeds(strengths),
      modulation: times.modulation,
      which: integers(times.which),
      grouping: integers([times.which.length, -1, widthOf(config)]),
    };
    let x: FloatTensor = { data: call.latent, shape: [channels, tokens] };
    for (const { from, to, session } of await this.pieces.get()) {
      call.signal?.throwIfAborted();
      const feeds: Record<string, Tensor> = { ...shared, [from === 0 ? 'latent' : 'x']: x };
      for (let block = from; block < to; block++) {
        for (const name of [keyName(block), valueName(block)]) feeds[name] = words[name]!;
      }
      const isLast = to === config.num_layers;
      if (isLast) feeds['embedding'] = times.embedding;
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
    const layers = config.num_layers;
    const bytes = checkpoint.files.reduce((total, file) => total + file.bytes, 0);
    const count = Math.min(layers, Math.max(1, Math.ceil(bytes / this.maxPieceBytes)));
    const pieces: Piece[] = [];
    for (let piece = 0; piece < count; piece++) {
      const from = Math.round((piece * layers) / count);
      const to = Math.round(((piece + 1) * layers) / count);
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

  private tablesOf({ shape, fps = this.clip.fps }: Prediction): Record<string, Tensor> {
    const [, frames, rows, columns] = shape;
    const key = [frames, rows, columns, fps].join();
    if (this.tables?.key !== key) {
      const { config } = this.about;
      const places = frames * rows * columns * config.num_attention_heads;
      const { cos, sin } = ropeTables({ ...this.clip, frames, rows, columns, fps }, widthOf(config));
      const positions = integers(
        Array.from({ length: places }, (_, place) => place),
        [1, places],
      );
      const half = [places, config.attention_head_dim / 2];
      this.tables = { key, feeds: { cos: { data: cos, shape: half }, sin: { data: sin, shape: half }, positions } };
    }
    return this.tables.feeds;
  }

  /** Embeds the distinct timesteps; both passes of guidance ask for the same ones, so the last answer is kept. */
  private async timesOf({ timesteps, loraStrengths = [] }: Prediction, frames: number) {
    const perFrame = typeof timesteps === 'number' ? [timesteps] : timesteps;
    if (perFrame.length !== 1 && perFrame.length !== frames) {
      throw new Error(
        `${perFrame.length} timesteps were given for ${frames} latent frames. Give one, or one per frame.`,
      );
    }
    const distinct = [...new Set(perFrame)];
    const which = distinct.length === 1 ? [0] : perFrame.map((timestep) => distinct.indexOf(timestep));
    const key = `${distinct.join()} ${loraStrengths.join()}`;
    if (this.times?.key !== key) {
      const features = { data: timeFeatures(distinct, timeWidth), shape: [distinct.length, timeWidth] };
      const out = await (await this.time.get()).run({ features, ...strengthFeeds(loraStrengths) }, [
        'embedding',
        'modulation',
      ]);
      this.times = { key, ...out };
    }
    return { ...this.times, which };
  }
}
