import { type Config, countBlocks, side, type Tensors } from '../shared/infer-config';

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
