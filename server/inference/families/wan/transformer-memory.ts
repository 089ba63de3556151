import type { ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { isSmall, type TransformerConfig, transformerShapes, widthOf } from './transformer-config';

/** Rows of text in a long prompt; keys and values of each block are kept for the wanted and the unwanted one. */
const rows = 100;
/** Sessions, the runtime's own needs and what they leave lying about. */
const base = 50e6;

/**
 * What one network of a denoiser works with on a CPU; weights that stay mapped into their file are not counted. For each patch
 * that is the larger of attention (eight vectors) and the hidden layer before and after its activation, with three vectors.
 * Measured with three blocks of Wan 1.3B in bf16: 80 kB a patch where this says 90, 148 MB beside that where it says 168.
 */
export function transformerMemory(config: TransformerConfig, checkpoint: Checkpoint): NonNullable<ModelCard['memory']> {
  const d = widthOf(config);
  const words = 2 * rows * 2 * d * config.num_layers;
  let [all, widest] = [0, 0];
  for (const [name, shape] of transformerShapes(config)) {
    const numbers = shape.reduce((total, size) => total * size, 1);
    all += numbers;
    // Half-precision weights are widened just before they are used.
    if (checkpoint.get(name).dtype !== 'F32') widest = Math.max(widest, numbers);
  }
  const weights = isSmall(config) ? 2 * all : 2 * widest;
  return { fixed: base + 4 * (words + weights), perToken: 4 * (Math.max(8 * d, 2 * config.ffn_dim + 3 * d) + rows) };
}
