import { GraphBuilder, type OnnxModel } from '../../onnx/model';
import { add, layerNorm, linear, reshape } from '../../onnx/ops';
import { widthOf } from './transformer-config';
import { type About, imageKeyName, imageValueName, normed, project } from './transformer-graph';

/** PyTorch's default, which diffusers keeps for the two norms of this embedder. */
const eps = 1e-5;

/**
 * `states` [rows, image_dim] of an image encoder → per block, the keys and values of the cross-attention to the picture,
 * [1, rows, d]. With a position table the rows are those of two pictures, first and last.
 */
export function imageGraph(about: About): OnnxModel {
  const { config, checkpoint } = about;
  const at = 'condition_embedder.image_embedder';
  const width = config.image_dim ?? 0;
  const g = new GraphBuilder('wan-image');
  const norm = (name: string, x: typeof states) =>
    layerNorm(g, x, {
      scale: g.weight(checkpoint.get(`${at}.${name}.weight`)),
      bias: g.weight(checkpoint.get(`${at}.${name}.bias`)),
      eps,
    });
  const layer = (name: string, x: typeof states) =>
    linear(g, x, checkpoint.get(`${at}.${name}.weight`), checkpoint.get(`${at}.${name}.bias`));
  const states = g.input('states', 'f32', ['rows', width]);
  const rows = config.pos_embed_seq_len;
  const placed = rows ? add(g, states, g.weight(checkpoint.get(`${at}.pos_embed`), [rows, width])) : states;
  // Exact GELU here, unlike everywhere else in Wan.
  const hidden = g.op('Gelu', [layer('ff.net.0.proj', norm('norm1', placed))], { approximate: 'none' });
  const context = norm('norm2', layer('ff.net.2', hidden));
  const d = widthOf(config);
  for (let block = 0; block < config.num_layers; block++) {
    const attn2 = `blocks.${block}.attn2`;
    const key = normed(g, about, `${attn2}.norm_added_k`, project(g, about, `${attn2}.add_k_proj`, context));
    g.output(imageKeyName(block), reshape(g, key, [1, -1, d]));
    g.output(imageValueName(block), reshape(g, project(g, about, `${attn2}.add_v_proj`, context), [1, -1, d]));
  }
  return g.finish();
}
