import { type Config, countBlocks, side, type Tensors } from '../shared/infer-config';

/** All published LTX-Video models have so many heads; shapes cannot tell. */
const heads = 32;

export function inferTransformer(tensors: Tensors): Config {
  const width = side(tensors, 'proj_in.weight', 0);
  return {
    _class_name: 'LTXVideoTransformer3DModel',
    in_channels: side(tensors, 'proj_in.weight', 1),
    out_channels: side(tensors, 'proj_out.weight', 0),
    num_attention_heads: heads,
    attention_head_dim: Math.floor(width / heads),
    cross_attention_dim: width,
    num_layers: countBlocks(tensors, 'transformer_blocks.'),
    caption_channels: side(tensors, 'caption_projection.linear_1.weight', 1),
    attention_bias: tensors.has('transformer_blocks.0.attn1.to_q.bias'),
    attention_out_bias: tensors.has('transformer_blocks.0.attn1.to_out.0.bias'),
  };
}

/** 0.9.5 and later change their width on the way down by what halves the picture, which has a way round. */
export const isLaterVae = (tensors: Tensors): boolean =>
  tensors.has('encoder.down_blocks.0.downsamplers.0.conv.conv.weight');

const strides: Record<number, string> = { 2: 'temporal', 4: 'spatial', 8: 'spatiotemporal' };

export function inferVae(tensors: Tensors): Config {
  const isLater = isLaterVae(tensors);
  const downs = Array.from(
    { length: countBlocks(tensors, 'encoder.down_blocks.') },
    (_, i) => `encoder.down_blocks.${i}`,
  );
  const ups = Array.from({ length: countBlocks(tensors, 'decoder.up_blocks.') }, (_, i) => `decoder.up_blocks.${i}`);
  const layers = (key: string) => countBlocks(tensors, `${key}.resnets.`);
  const widthOf = (key: string) => side(tensors, `${key}.resnets.0.conv1.conv.weight`, 0);
  const isNoisy = (key: string) => tensors.has(`${key}.resnets.0.per_channel_scale1`);
  const patch = Math.round(Math.sqrt(side(tensors, 'encoder.conv_in.conv.weight', 1) / 3));
  const widths = [...downs, ...(isLater ? ['encoder.mid_block'] : [])].map(widthOf);
  const down = (i: number, axis: number, inner: string) =>
    side(tensors, `${downs[i]}.downsamplers.0.${inner}.weight`, axis);
  const up = (key: string) => tensors.get(`${key}.upsamplers.0.conv.conv.weight`)?.shape;
  // A convolution to eight times the channels doubles three sides; where it makes fewer, the rest is what it narrows by.
  const factors = ups.map((key) => {
    const [out = 1, from = 0] = up(key) ?? [];
    return up(key) ? Math.max(1, Math.round((8 * from) / out)) : 1;
  });
  const decoder = ['decoder.mid_block', ...ups];
  const doublings = ups.filter(up).length;
  return {
    _class_name: 'AutoencoderKLLTXVideo',
    latent_channels: side(tensors, 'decoder.conv_in.conv.weight', 1),
    patch_size: patch,
    block_out_channels: widths,
    down_block_types: downs.map(() => (isLater ? 'LTXVideo095DownBlock3D' : 'LTXVideoDownBlock3D')),
    layers_per_block: [...downs, 'encoder.mid_block'].map(layers),
    spatio_temporal_scaling: downs.map((_, i) => down(i, 0, isLater ? 'conv.conv' : 'conv') > 0),
    downsample_type: downs.map((_, i) =>
      isLater ? (strides[widths[i + 1]! / down(i, 0, 'conv.conv')] ?? 'conv') : 'conv',
    ),
    // All that follows is written from the last block to the first.
    decoder_block_out_channels: ups.map((key, i) => widthOf(key) * factors[i]!).reverse(),
    decoder_layers_per_block: decoder.map(layers).reverse(),
    decoder_inject_noise: decoder.map(isNoisy).reverse(),
    decoder_spatio_temporal_scaling: ups.map((key) => up(key) !== undefined).reverse(),
    upsample_factor: [...factors].reverse(),
    // No tensor tells: published decoders that narrow by more have a way round.
    upsample_residual: factors.map((factor) => factor > 1).reverse(),
    timestep_conditioning: tensors.has('decoder.time_embedder.timestep_embedder.linear_1.weight'),
    spatial_compression_ratio: patch * 2 ** doublings,
    temporal_compression_ratio: 2 ** doublings,
  };
}
