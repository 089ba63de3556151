import type { StoredTensor } from '../safetensors';
import type { FloatTensor } from '../session';
import type { GraphBuilder, Value } from './model';

/**
 * What one LoRA adds to a weight (Hu et al., 2021): `strength · factor · up · down`, or `strength · full`. Strengths are
 * inputs of the graph, so that a slider opens nothing anew; `lora` is the LoRA's place in the list of strengths.
 */
export type Delta =
  | { lora: number; factor: number; down: StoredTensor; up: StoredTensor }
  | { lora: number; full: StoredTensor };

const prefix = 'lora_strength_';
export const isStrength = (input: string): boolean => input.startsWith(prefix);

/** The strengths as inputs of a run; sessions leave out those they do not ask for. */
export const strengthFeeds = (strengths: readonly number[]): Record<string, FloatTensor> =>
  Object.fromEntries(strengths.map((x, i) => [prefix + i, { data: Float32Array.of(x), shape: [1] }]));

/** `strength · factor` as [1]. */
function factorOf(g: GraphBuilder, delta: Delta): Value {
  const strength = g.sharedInput(`${prefix}${delta.lora}`, 'f32', [1]);
  return 'full' in delta || delta.factor === 1 ? strength : g.op('Mul', [strength, g.floats([delta.factor])]);
}

const rowsOf = ({ shape: [rows = 0, ...rest] }: StoredTensor): number[] => [rows, rest.reduce((a, b) => a * b, 1)];

/** A whole weight with all that is added to it: for weights that are no matrices, or where matrices are small. */
export function withDeltas(g: GraphBuilder, weight: Value, about: { stored: StoredTensor; shape: readonly number[] }) {
  let sum = weight;
  for (const delta of about.stored.deltas ?? []) {
    const whole =
      'full' in delta
        ? g.weight(delta.full, about.shape)
        : g.op('Reshape', [
            g.op('MatMul', [g.weight(delta.up, rowsOf(delta.up)), g.weight(delta.down, rowsOf(delta.down))]),
            g.ints(about.shape),
          ]);
    sum = g.op('Add', [sum, g.op('Mul', [whole, factorOf(g, delta)])]);
  }
  return sum;
}

/** `y + Σ strength · factor · (x downᵀ) upᵀ` for x [rows, in] and y [rows, out]: the weight itself is never summed up. */
export function addLowRank(g: GraphBuilder, y: Value, about: { x: Value; deltas: readonly Delta[] }): Value {
  let sum = y;
  for (const delta of about.deltas) {
    if ('full' in delta) continue;
    const inner = g.op('Gemm', [about.x, g.weight(delta.down, rowsOf(delta.down))], { transB: 1 });
    const scaled = g.op('Mul', [inner, factorOf(g, delta)]);
    sum = g.op('Gemm', [scaled, g.weight(delta.up, rowsOf(delta.up)), sum], { transB: 1 });
  }
  return sum;
}

/** `y + Σ strength · x fullᵀ`: for a weight in eight bits, to which nothing can be added. */
export function addFull(g: GraphBuilder, y: Value, about: { x: Value; deltas: readonly Delta[] }): Value {
  let sum = y;
  for (const delta of about.deltas) {
    if (!('full' in delta)) continue;
    const scaled = g.op('Mul', [about.x, factorOf(g, delta)]);
    sum = g.op('Gemm', [scaled, g.weight(delta.full, rowsOf(delta.full)), sum], { transB: 1 });
  }
  return sum;
}
