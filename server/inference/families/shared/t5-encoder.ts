import { setImmediate } from 'node:timers/promises';
import type { Checkpoint } from '../../checkpoint';
import { Lazy } from '../../lazy';
import { attention } from '../../onnx/attention';
import { GraphBuilder, type OnnxModel } from '../../onnx/model';
import { add, gather, gelu, linear, multiply, reshape, rmsNorm, transpose } from '../../onnx/ops';
import { readRows, type StoredTensor } from '../../safetensors';
import { cpu, type Device, type FloatTensor, integers, Session } from '../../session';
import { layerRanges } from './layer-ranges';
import { biasName, embeddingOf, layerName, type TextEncoderConfig, textEncoderShapes } from './t5-config';

/** As for the denoiser: runs are cut so that a cancel is noticed, small encoders are packed once. */
const pieceBytes = 1.2e9;
const residentBytes = 256e6;

/**
 * T5 and UMT5 encoders (Raffel et al., 2020; Chung et al., 2023). Every token given is seen by all others: where a pipeline
 * masks padding inside the encoder, leave it out; where it does not, give it. The embedding table (billions of numbers) never enters a graph.
 */
export class T5Encoder {
  private readonly pieces = new Lazy(() => this.openPieces());
  private readonly embedding: StoredTensor;
  private readonly weights: 'mapped' | 'resident';
  private readonly ranges: ReturnType<typeof layerRanges>;

  /** Throws when the checkpoint lacks a tensor that the config asks for or has it in another shape. */
  constructor(
    private readonly config: TextEncoderConfig,
    private readonly checkpoint: Checkpoint,
    private readonly device: Device = cpu,
  ) {
    let bytes = 0;
    for (const [name, shape] of textEncoderShapes(config)) bytes += checkpoint.get(name, shape).bytes;
    this.embedding = embeddingOf(config, checkpoint);
    this.weights = bytes <= residentBytes ? 'resident' : 'mapped';
    this.ranges = layerRanges(config.num_layers, bytes, pieceBytes);
  }

  /** Opens the sessions of the layers; later calls find them open. */
  async open(): Promise<void> {
    await this.pieces.get();
  }

  /** Bytes of weights, for deciding what to close. */
  get bytes(): number {
    return this.checkpoint.files.reduce((total, file) => total + file.bytes, 0);
  }

  /** Token ids → states [ids.length, d_model]. */
  async encode(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    const { config } = this;
    let x: FloatTensor = { data: await readRows(this.embedding, ids), shape: [ids.length, config.d_model] };
    const buckets = integers(relativeBuckets(ids.length, config), [ids.length, ids.length]);
    for (const piece of await this.pieces.get()) {
      signal?.throwIfAborted();
      ({ y: x } = await piece.run({ x, buckets }, ['y']));
      await setImmediate();
    }
    return x.data;
  }

  async release(): Promise<void> {
    await this.pieces.close(async (sessions) => {
      for (const session of sessions) await session.release();
    });
  }

  private async openPieces(): Promise<Session[]> {
    const sessions: Session[] = [];
    for (const { from, to } of this.ranges) {
      const model = this.layersGraph(from, to);
      const options = { device: this.device, weights: this.weights };
      sessions.push(await Session.open(`Text encoder, layers ${from} to ${to - 1}`, model, options));
    }
    return sessions;
  }

  /** Layers [from, to): `x` [S, d], `buckets` [S, S] → `y` [S, d]; the last piece ends in the final norm. */
  private layersGraph(from: number, to: number): OnnxModel {
    const { config, checkpoint, device } = this;
    const { num_heads: heads, d_kv: size, layer_norm_epsilon: eps, d_model } = config;
    const g = new GraphBuilder(`t5-layers-${from}`);
    let x = g.input('x', 'f32', ['S', d_model]);
    const buckets = g.input('buckets', 'i64', ['S', 'S']);
    const single = (rows: typeof x) => reshape(g, rows, [1, -1, heads * size]);
    for (let layer = from; layer < to; layer++) {
      const at = layerName(layer);
      const project = (name: string, input: typeof x) => linear(g, input, checkpoint.get(`${at}.${name}.weight`));
      const normed = (part: number) => rmsNorm(g, x, g.weight(checkpoint.get(`${at}.${part}.layer_norm.weight`)), eps);

      let y = normed(0);
      const learned = gather(g, g.weight(checkpoint.get(biasName(config, layer))), buckets); // [S, S, heads]
      const bias = g.op('Unsqueeze', [transpose(g, learned, [2, 0, 1]), g.ints([0])]);
      const qkv = {
        q: single(project('0.SelfAttention.q', y)),
        k: single(project('0.SelfAttention.k', y)),
        v: single(project('0.SelfAttention.v', y)),
      };
      // T5 does not scale its scores: the factor is in the trained weights.
      const seen = attention(g, qkv, { heads, size, scale: 1, bias, mode: device.attention });
      x = add(g, x, project('0.SelfAttention.o', reshape(g, seen, [-1, heads * size])));

      y = normed(1);
      const gate = gelu(g, project('1.DenseReluDense.wi_0', y));
      x = add(g, x, project('1.DenseReluDense.wo', multiply(g, gate, project('1.DenseReluDense.wi_1', y))));
    }
    if (to === config.num_layers) x = rmsNorm(g, x, g.weight(checkpoint.get('encoder.final_layer_norm.weight')), eps);
    g.output('y', x);
    return g.finish();
  }
}

/**
 * Bucket of every (query, key) pair, row-major: near distances have a bucket each, far ones share logarithmic ones, and
 * keys after the query use the upper half. The logarithm is rounded to fp32 as torch's is, since buckets end on powers of 2.
 */
function relativeBuckets(
  length: number,
  about: Pick<TextEncoderConfig, 'relative_attention_num_buckets' | 'relative_attention_max_distance'>,
): number[] {
  const half = about.relative_attention_num_buckets / 2;
  const exact = half / 2;
  const range = Math.fround(Math.log(about.relative_attention_max_distance / exact));
  const byDistance = Array.from({ length }, (_, distance) => {
    if (distance < exact) return distance;
    const part = Math.fround(Math.fround(Math.log(distance / exact)) / range);
    return Math.min(half - 1, exact + Math.floor(Math.fround(part * (half - exact))));
  });
  const buckets: number[] = [];
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) buckets.push((key > query ? half : 0) + byDistance[Math.abs(key - query)]!);
  }
  return buckets;
}
