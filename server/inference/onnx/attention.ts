import type { Device } from '../session';
import type { GraphBuilder, Value } from './model';
import { add, multiply, reshape, transpose } from './ops';

export interface Attention {
  heads: number;
  /** Width of one head. */
  size: number;
  /** Factor on the scores; 1/sqrt(size) unless said. */
  scale?: number;
  /** Added to the scores: [1 or batch, 1 or heads, queries, keys]. */
  bias?: Value;
  mode: Device['attention'];
}

/** softmax(q kᵀ · scale + bias) v for q [batch, queries, heads * size] and k, v [batch, keys, heads * size]. */
export function attention(g: GraphBuilder, qkv: { q: Value; k: Value; v: Value }, about: Attention): Value {
  const { heads, size, bias, scale = 1 / Math.sqrt(size) } = about;
  const { q, k, v } = qkv;
  if (about.mode === 'fused') {
    const inputs = bias ? [q, k, v, null, null, bias] : [q, k, v];
    return g.op('MultiHeadAttention', inputs, { num_heads: heads, scale: { float: scale } }, 'com.microsoft');
  }
  const split = (x: Value, perm: number[]) => transpose(g, reshape(g, x, [0, -1, heads, size]), perm);
  const scores = g.op('MatMul', [split(q, [0, 2, 1, 3]), split(k, [0, 2, 3, 1])]);
  const scaled = multiply(g, scores, g.floats([scale]));
  const weights = g.op('Softmax', [bias ? add(g, scaled, bias) : scaled], { axis: -1 });
  const mixed = g.op('MatMul', [weights, split(v, [0, 2, 1, 3])]);
  return reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [0, -1, heads * size]);
}

/**
 * Rotary position embedding on interleaved pairs of each head: x [1, tokens, heads * size], cos and sin [tokens, size/2],
 * positions [1, tokens] int64 that choose rows of the tables.
 */
export const rotary = (
  g: GraphBuilder,
  x: Value,
  about: { heads: number; positions: Value; cos: Value; sin: Value },
): Value =>
  g.op(
    'RotaryEmbedding',
    [x, about.positions, about.cos, about.sin],
    { interleaved: 1, num_heads: about.heads },
    'com.microsoft',
  );
