import type { Checkpoint } from '../../checkpoint';
import { attention, rotary } from '../../onnx/attention';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { add, gelu, layerNorm, linear, modulatedNorm, multiply, reshape, rmsNorm, silu } from '../../onnx/ops';
import type { Device } from '../../session';
import { modulationInputs, modulationRows } from '../shared/modulation';
import { type TransformerConfig, widthOf } from './transformer-config';

/*
 * Wan's diffusion transformer as three kinds of graphs, so that nothing is computed twice:
 * `text` once per prompt, `image` (transformer-image.ts) once per picture, `time` once per step, `blocks` for every call. d is the width, N the number of patches.
 */

export interface About {
  config: TransformerConfig;
  checkpoint: Checkpoint;
  device: Device;
}

/** linear_2(activation(linear_1(x))), the shape of both embedders. */
function embedder(g: GraphBuilder, about: About, name: string, x: Value, activation: typeof silu): Value {
  const { checkpoint } = about;
  const layer = (which: string, input: Value) =>
    linear(g, input, checkpoint.get(`${name}.${which}.weight`), checkpoint.get(`${name}.${which}.bias`));
  return layer('linear_2', activation(g, layer('linear_1', x)));
}

export function project(g: GraphBuilder, { checkpoint }: About, name: string, x: Value): Value {
  return linear(g, x, checkpoint.get(`${name}.weight`), checkpoint.get(`${name}.bias`));
}

/** RMS over the whole width, before heads are split. */
export function normed(g: GraphBuilder, { checkpoint, config }: About, name: string, x: Value): Value {
  return config.qk_norm ? rmsNorm(g, x, g.weight(checkpoint.get(`${name}.weight`)), config.eps) : x;
}

const layerName = (block: number): string => `blocks.${block}`;
const layerNames = ({ num_layers }: TransformerConfig): string[] =>
  Array.from({ length: num_layers }, (_, i) => layerName(i));

export const keyName = (block: number): string => `key_${block}`;
export const valueName = (block: number): string => `value_${block}`;
export const imageKeyName = (block: number): string => `image_key_${block}`;
export const imageValueName = (block: number): string => `image_value_${block}`;

/** `states` [rows, text_dim] → per block, the keys and values of cross-attention [1, rows, d]. */
export function textGraph(about: About): OnnxModel {
  const { config } = about;
  const d = widthOf(config);
  const g = new GraphBuilder('wan-text');
  const states = g.input('states', 'f32', ['rows', config.text_dim]);
  const context = embedder(g, about, 'condition_embedder.text_embedder', states, gelu);
  for (let block = 0; block < config.num_layers; block++) {
    const at = `blocks.${block}.attn2`;
    const key = normed(g, about, `${at}.norm_k`, project(g, about, `${at}.to_k`, context));
    g.output(keyName(block), reshape(g, key, [1, -1, d]));
    g.output(valueName(block), reshape(g, project(g, about, `${at}.to_v`, context), [1, -1, d]));
  }
  return g.finish();
}

/** `features` [K, freq_dim] of K distinct timesteps → `modulation`, a row for each: see modulation.ts. */
export function timeGraph(about: About): OnnxModel {
  const g = new GraphBuilder('wan-time');
  const features = g.input('features', 'f32', ['K', about.config.freq_dim]);
  const embedding = embedder(g, about, 'condition_embedder.time_embedder', features, silu);
  const { config, checkpoint } = about;
  const tables = { checkpoint, blocks: layerNames(config), width: widthOf(config) };
  g.output(
    'modulation',
    modulationRows(
      g,
      { vectors: project(g, about, 'condition_embedder.time_proj', silu(g, embedding)), embedding },
      tables,
    ),
  );
  return g.finish();
}

/**
 * Blocks [from, to). Tokens are seen as G groups that share a timestep: one group for a clip at one time, one per latent
 * frame otherwise; `which` says which of the K timesteps a group is at, so modulation never grows to N rows.
 * Inputs: `patches` [N, in] (first piece) or `x` [N, d]; `modulation`, `which` [G, 1]; `grouping` = [G, -1, d];
 * `cos`, `sin` [N, size/2], `positions` [1, N]; `text_bias` [1, 1, N, rows]; keys and values of each block.
 * Output: `velocity` [N, 4 * out] (last piece) or `y`, the next piece's `x`.
 */
export function blocksGraph(about: About, range: { from: number; to: number }): OnnxModel {
  const { config, checkpoint, device } = about;
  const d = widthOf(config);
  const heads = config.num_attention_heads;
  const size = config.attention_head_dim;
  const mode = device.attention;
  const g = new GraphBuilder(`wan-blocks-${range.from}`);
  const isFirst = range.from === 0;
  const isLast = range.to === config.num_layers;

  const entrance = isFirst
    ? g.input('patches', 'f32', ['N', config.in_channels * config.patch_size[1] * config.patch_size[2]])
    : g.input('x', 'f32', ['N', d]);
  const modulation = modulationInputs(g, { width: d, blocks: config.num_layers });
  const grouping = g.input('grouping', 'i64', [3]);
  const tables = {
    heads,
    cos: g.input('cos', 'f32', ['N', size / 2]),
    sin: g.input('sin', 'f32', ['N', size / 2]),
    positions: g.input('positions', 'i64', [1, 'N']),
  };
  const textBias = g.input('text_bias', 'f32', [1, 1, 'N', 'rows']);

  const flat = (x: Value) => reshape(g, x, [-1, d]);
  const grouped = (x: Value) => reshape(g, x, grouping);
  const single = (x: Value) => reshape(g, x, [1, -1, d]);
  const modulated = (x: Value, shift: Value, scale: Value) =>
    modulatedNorm(g, x, { scale: scale, bias: shift, eps: config.eps, width: d, device });

  let x = grouped(isFirst ? patchEmbedding(g, about, entrance) : entrance);
  for (let block = range.from; block < range.to; block++) {
    const at = layerName(block);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation.of(block);

    let y = flat(modulated(x, shift1!, scale1!));
    const query = normed(g, about, `${at}.attn1.norm_q`, project(g, about, `${at}.attn1.to_q`, y));
    const key = normed(g, about, `${at}.attn1.norm_k`, project(g, about, `${at}.attn1.to_k`, y));
    const own = {
      q: rotary(g, single(query), tables),
      k: rotary(g, single(key), tables),
      v: single(project(g, about, `${at}.attn1.to_v`, y)),
    };
    const seen = project(g, about, `${at}.attn1.to_out.0`, flat(attention(g, own, { heads, size, mode })));
    x = add(g, x, multiply(g, grouped(seen), gate1!));

    y = config.cross_attn_norm
      ? layerNorm(g, x, {
          scale: g.weight(checkpoint.get(`${at}.norm2.weight`)),
          bias: g.weight(checkpoint.get(`${at}.norm2.bias`)),
          eps: config.eps,
        })
      : x;
    const question = normed(g, about, `${at}.attn2.norm_q`, project(g, about, `${at}.attn2.to_q`, flat(y)));
    const words = {
      q: single(question),
      k: g.input(keyName(block), 'f32', [1, 'rows', d]),
      v: g.input(valueName(block), 'f32', [1, 'rows', d]),
    };
    let told = flat(attention(g, words, { heads, size, mode, bias: textBias }));
    if (config.image_dim) {
      // The same question, put to the picture as well; the answers are added up.
      const picture = {
        q: words.q,
        k: g.input(imageKeyName(block), 'f32', [1, 'image_rows', d]),
        v: g.input(imageValueName(block), 'f32', [1, 'image_rows', d]),
      };
      told = add(g, told, flat(attention(g, picture, { heads, size, mode })));
    }
    x = add(g, x, grouped(project(g, about, `${at}.attn2.to_out.0`, told)));

    y = flat(modulated(x, shift2!, scale2!));
    const hidden = gelu(g, project(g, about, `${at}.ffn.net.0.proj`, y));
    x = add(g, x, multiply(g, grouped(project(g, about, `${at}.ffn.net.2`, hidden)), gate2!));
  }
  if (!isLast) {
    g.output('y', flat(x));
    return g.finish();
  }
  const [shift, scale] = modulation.last();
  g.output('velocity', project(g, about, 'proj_out', flat(modulated(x, shift!, scale!))));
  return g.finish();
}

/** The strided convolution as a matrix over whole patches: the same numbers, no layout change. */
const patchEmbedding = (g: GraphBuilder, { checkpoint }: About, patches: Value): Value =>
  linear(g, patches, checkpoint.get('patch_embedding.weight'), checkpoint.get('patch_embedding.bias'));
