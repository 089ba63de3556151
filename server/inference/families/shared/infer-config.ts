import type { StoredTensor } from '../../safetensors';
import { embeddingNames } from './t5-config';

/*
 * A single file has no config.json: what it would say is read off the shapes of the tensors, under diffusers' names. The
 * results go through the same schemas as a config.json would.
 */

export type Tensors = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>;
export type Config = Record<string, unknown>;

export const side = (tensors: Tensors, name: string, axis: number): number => tensors.get(name)?.shape[axis] ?? 0;

/** How many blocks there are, from the highest number behind `prefix`. */
export function countBlocks(tensors: Tensors, prefix: string): number {
  let count = 0;
  for (const name of tensors.keys()) {
    if (!name.startsWith(prefix)) continue;
    const index = Number(/^\d+/.exec(name.slice(prefix.length))?.[0] ?? -1);
    count = Math.max(count, index + 1);
  }
  return count;
}

export function inferTextEncoder(tensors: Tensors): Config {
  const table = embeddingNames.find((name) => tensors.has(name)) ?? embeddingNames[0];
  const bias = (layer: number) => `encoder.block.${layer}.layer.0.SelfAttention.relative_attention_bias.weight`;
  const heads = side(tensors, bias(0), 1);
  const isGated = tensors.has('encoder.block.0.layer.1.DenseReluDense.wi_1.weight');
  return {
    // T5 has one table of distances, UMT5 one in each block.
    model_type: tensors.has(bias(1)) ? 'umt5' : 't5',
    vocab_size: side(tensors, table, 0),
    d_model: side(tensors, table, 1),
    d_kv: side(tensors, 'encoder.block.0.layer.0.SelfAttention.q.weight', 0) / Math.max(1, heads),
    d_ff: side(tensors, 'encoder.block.0.layer.1.DenseReluDense.wi_0.weight', 0),
    num_layers: countBlocks(tensors, 'encoder.block.'),
    num_heads: heads,
    relative_attention_num_buckets: side(tensors, bias(0), 0),
    feed_forward_proj: isGated ? 'gated-gelu' : 'relu',
  };
}
