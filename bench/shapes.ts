/** `config.json` of published models, whose shapes the benches fill with random weights. */

/** Wan 2.1 1.3B: 30 blocks of width 1536, 2.8 GB in bf16. */
export const wan13b = {
  _class_name: 'WanTransformer3DModel',
  patch_size: [1, 2, 2],
  num_attention_heads: 12,
  attention_head_dim: 128,
  in_channels: 16,
  out_channels: 16,
  text_dim: 4096,
  freq_dim: 256,
  ffn_dim: 8960,
  num_layers: 30,
  cross_attn_norm: true,
  qk_norm: 'rms_norm_across_heads',
  eps: 1e-6,
  rope_max_seq_len: 1024,
};

/** Wan 2.2 TI2V-5B: 30 blocks of width 3072, 10 GB in bf16. */
export const wanTi2v5b = {
  ...wan13b,
  num_attention_heads: 24,
  in_channels: 48,
  out_channels: 48,
  ffn_dim: 14336,
};

/** The text encoder of all Wan models: 11.4 GB in bf16. */
export const umt5Xxl = {
  architectures: ['UMT5EncoderModel'],
  model_type: 'umt5',
  vocab_size: 256384,
  d_model: 4096,
  d_kv: 64,
  d_ff: 10240,
  num_layers: 24,
  num_heads: 64,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  feed_forward_proj: 'gated-gelu',
  is_encoder_decoder: true,
  tie_word_embeddings: false,
};

/** The VAE of Wan 2.1; published in fp32, 0.5 GB. */
export const wan21Vae = {
  _class_name: 'AutoencoderKLWan',
  base_dim: 96,
  z_dim: 16,
  dim_mult: [1, 2, 4, 4],
  num_res_blocks: 2,
  attn_scales: [],
  temperal_downsample: [false, true, true],
};
