import type { StoredTensor } from '../../safetensors';
import { embeddingNames } from '../shared/t5-config';

/*
 * A single file has no config.json: what it would say is read off the shapes of the tensors, under diffusers' names. The
 * results go through the same schemas as a config.json would.
 */

export type Tensors = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>;
type Config = Record<string, unknown>;

const side = (tensors: Tensors, name: string, axis: number): number => tensors.get(name)?.shape[axis] ?? 0;

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

/** Heads of all published Wan models are 128 wide; shapes cannot tell. */
const headWidth = 128;

export function inferTransformer(tensors: Tensors): Config {
  const [width = 0, channels = 0, ...patch] = tensors.get('patch_embedding.weight')?.shape ?? [];
  const area = patch.reduce((a, b) => a * b, 1);
  const embedder = 'condition_embedder';
  const image = tensors.get(`${embedder}.image_embedder.norm1.weight`)?.shape[0];
  const positions = tensors.get(`${embedder}.image_embedder.pos_embed`)?.shape[1];
  const added = tensors.get('blocks.0.attn2.add_k_proj.weight')?.shape[1];
  return {
    _class_name: 'WanTransformer3DModel',
    patch_size: patch,
    num_attention_heads: Math.max(1, Math.floor(width / headWidth)),
    attention_head_dim: Math.min(width, headWidth),
    in_channels: channels,
    out_channels: side(tensors, 'proj_out.weight', 0) / area,
    text_dim: side(tensors, `${embedder}.text_embedder.linear_1.weight`, 1),
    freq_dim: side(tensors, `${embedder}.time_embedder.linear_1.weight`, 1),
    ffn_dim: side(tensors, 'blocks.0.ffn.net.0.proj.weight', 0),
    num_layers: countBlocks(tensors, 'blocks.'),
    cross_attn_norm: tensors.has('blocks.0.norm2.weight'),
    qk_norm: tensors.has('blocks.0.attn1.norm_q.weight') ? 'rms_norm_across_heads' : null,
    ...(image === undefined ? {} : { image_dim: image }),
    ...(positions === undefined ? {} : { pos_embed_seq_len: positions }),
    ...(added === undefined ? {} : { added_kv_proj_dim: added }),
  };
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

/** Heads of the CLIP tower that Wan 2.1 looks through (ViT-H/14) are 80 wide; its GELU is the exact one. */
export function inferImageEncoder(tensors: Tensors): Config {
  const width = side(tensors, 'embeddings.class_embedding', 0);
  const patch = side(tensors, 'embeddings.patch_embedding.weight', 2);
  const rows = side(tensors, 'embeddings.position_embedding.weight', 0);
  return {
    model_type: 'clip_vision_model',
    hidden_size: width,
    intermediate_size: side(tensors, 'encoder.layers.0.mlp.fc1.weight', 0),
    num_hidden_layers: countBlocks(tensors, 'encoder.layers.'),
    num_attention_heads: Math.max(1, Math.round(width / 80)),
    image_size: patch * Math.round(Math.sqrt(Math.max(0, rows - 1))),
    patch_size: patch,
    hidden_act: 'gelu',
  };
}
