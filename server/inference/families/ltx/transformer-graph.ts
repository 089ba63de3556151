import type { Checkpoint } from '../../checkpoint';
import { attention, rotary } from '../../onnx/attention';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { add, gelu, linear, modulatedNorm, multiply, reshape, rmsNorm, silu, transpose } from '../../onnx/ops';
import type { Device } from '../../session';
import { modulationInputs, modulationRows } from '../shared/modulation';
import { outChannels, type TransformerConfig, timeWidth, widthOf } from './transformer-config';

/*
 * LTX-Video's diffusion transformer (HaCohen et al. 2024, 2501.00103) as three kinds of graphs, so that nothing is computed
 * twice: `text` once per prompt, `time` once per step, `blocks` for every call. d is the width, N the number of tokens.
 */

export interface About {
  config: TransformerConfig;
  checkpoint: Checkpoint;
  device: Device;
}

/** In the norms of queries and keys; those of the blocks take the config's. */
const headEps = 1e-5;
/** Of the last norm, whatever the config says. */
const lastEps = 1e-6;

function project(g: GraphBuilder, { checkpoint }: About, name: string, x: Value): Value {
  const bias = `${name}.bias`;
  return linear(g, x, checkpoint.get(`${name}.weight`), checkpoint.has(bias) ? checkpoint.get(bias) : undefined);
}

/** RMS over the whole width, before heads are split. */
const headNorm = (g: GraphBuilder, { checkpoint }: About, name: string, x: Value): Value =>
  rmsNorm(g, x, g.weight(checkpoint.get(`${name}.weight`)), headEps);

const layerName = (block: number): string => `transformer_blocks.${block}`;
const layerNames = ({ num_layers }: TransformerConfig): string[] =>
  Array.from({ length: num_layers }, (_, i) => layerName(i));

export const keyName = (block: number): string => `key_${block}`;
export const valueName = (block: number): string => `value_${block}`;

/** `states` [rows, caption_channels] → per block, the keys and values of cross-attention [1, rows, d]. */
export function textGraph(about: About): OnnxModel {
  const { config } = about;
  const d = widthOf(config);
  const g = new GraphBuilder('ltx-text');
  const states = g.input('states', 'f32', ['rows', config.caption_channels]);
  const hidden = gelu(g, project(g, about, 'caption_projection.linear_1', states));
  const context = project(g, about, 'caption_projection.linear_2', hidden);
  for (let block = 0; block < config.num_layers; block++) {
    const at = `transformer_blocks.${block}.attn2`;
    const key = headNorm(g, about, `${at}.norm_k`, project(g, about, `${at}.to_k`, context));
    g.output(keyName(block), reshape(g, key, [1, -1, d]));
    g.output(valueName(block), reshape(g, project(g, about, `${at}.to_v`, context), [1, -1, d]));
  }
  return g.finish();
}

/** `features` [K, 256] of K distinct timesteps → `modulation`, a row for each: see modulation.ts. */
export function timeGraph(about: About): OnnxModel {
  const g = new GraphBuilder('ltx-time');
  const features = g.input('features', 'f32', ['K', timeWidth]);
  const at = 'time_embed.emb.timestep_embedder';
  const embedding = project(g, about, `${at}.linear_2`, silu(g, project(g, about, `${at}.linear_1`, features)));
  const { config, checkpoint } = about;
  const tables = { checkpoint, blocks: layerNames(config), width: widthOf(config) };
  g.output(
    'modulation',
    modulationRows(g, { vectors: project(g, about, 'time_embed.linear', silu(g, embedding)), embedding }, tables),
  );
  return g.finish();
}

/**
 * Blocks [from, to). Tokens are seen as G groups that share a timestep: one group for a clip at one time, one per latent
 * frame otherwise; `which` says which of the K timesteps a group is at, so modulation never grows to N rows.
 * Inputs: `latent` [in, N] (first piece) or `x` [N, d]; `modulation`, `which` [G, 1]; `grouping` = [G, -1, d];
 * `cos`, `sin` [P, size/2], `positions` [1, P] for P = N * heads; keys and values of each block. Only real words are among them: LTX masks the
 * padding of a prompt, whose weights would be exp(-10000) = 0. Output: `velocity` [out, N] (last piece) or `y`, the
 * next piece's `x`.
 */
export function blocksGraph(about: About, range: { from: number; to: number }): OnnxModel {
  const { config, device } = about;
  const d = widthOf(config);
  const heads = config.num_attention_heads;
  const size = config.attention_head_dim;
  const mode = device.attention;
  const g = new GraphBuilder(`ltx-blocks-${range.from}`);
  const isFirst = range.from === 0;
  const isLast = range.to === config.num_layers;

  // A token is one latent pixel: channels last is all the packing there is.
  const entrance = isFirst
    ? transpose(g, g.input('latent', 'f32', [config.in_channels, 'N']), [1, 0])
    : g.input('x', 'f32', ['N', d]);
  const modulation = modulationInputs(g, { width: d, blocks: config.num_layers });
  const grouping = g.input('grouping', 'i64', [3]);
  const tables = {
    heads: 1,
    cos: g.input('cos', 'f32', ['P', size / 2]),
    sin: g.input('sin', 'f32', ['P', size / 2]),
    positions: g.input('positions', 'i64', [1, 'P']),
  };

  const ones = g.floats(new Float32Array(d).fill(1));
  const flat = (x: Value) => reshape(g, x, [-1, d]);
  const grouped = (x: Value) => reshape(g, x, grouping);
  const single = (x: Value) => reshape(g, x, [1, -1, d]);
  const modulated = (x: Value, shift: Value, scale: Value) =>
    flat(add(g, multiply(g, rmsNorm(g, x, ones, config.norm_eps), scale), shift));

  let x = grouped(isFirst ? project(g, about, 'proj_in', entrance) : entrance);
  for (let block = range.from; block < range.to; block++) {
    const at = layerName(block);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation.of(block);

    let y = modulated(x, shift1!, scale1!);
    // The embedding spans the whole width, so each head of each token has angles of its own: P = N * heads places.
    const turned = (name: string) => {
      const x = headNorm(g, about, `${at}.attn1.norm_${name}`, project(g, about, `${at}.attn1.to_${name}`, y));
      return reshape(g, rotary(g, reshape(g, x, [1, -1, size]), tables), [1, -1, d]);
    };
    const own = { q: turned('q'), k: turned('k'), v: single(project(g, about, `${at}.attn1.to_v`, y)) };
    const seen = project(g, about, `${at}.attn1.to_out.0`, flat(attention(g, own, { heads, size, mode })));
    x = add(g, x, multiply(g, grouped(seen), gate1!));

    // Words are asked without a norm before, and without a gate behind.
    const question = headNorm(g, about, `${at}.attn2.norm_q`, project(g, about, `${at}.attn2.to_q`, flat(x)));
    const words = {
      q: single(question),
      k: g.input(keyName(block), 'f32', [1, 'rows', d]),
      v: g.input(valueName(block), 'f32', [1, 'rows', d]),
    };
    const told = flat(attention(g, words, { heads, size, mode }));
    x = add(g, x, grouped(project(g, about, `${at}.attn2.to_out.0`, told)));

    y = modulated(x, shift2!, scale2!);
    const hidden = gelu(g, project(g, about, `${at}.ff.net.0.proj`, y));
    x = add(g, x, multiply(g, grouped(project(g, about, `${at}.ff.net.2`, hidden)), gate2!));
  }
  if (!isLast) {
    g.output('y', flat(x));
    return g.finish();
  }
  const [shift, scale] = modulation.last();
  // The last norm is a LayerNorm, unlike all others.
  const last = modulatedNorm(g, x, { scale: scale!, bias: shift!, eps: lastEps, width: d, device });
  const velocity = reshape(g, project(g, about, 'proj_out', flat(last)), [-1, outChannels(config)]);
  g.output('velocity', transpose(g, velocity, [1, 0]));
  return g.finish();
}
