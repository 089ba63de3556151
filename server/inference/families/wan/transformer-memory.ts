import type { ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { networkMemory } from '../shared/network-memory';
import { isFastMatrix } from './fast-matrices';
import { isSmall, type TransformerConfig, transformerShapes, widthOf } from './transformer-config';

/**
 * For each patch the larger of attention (eight vectors) and the hidden layer before and after its activation, with three
 * vectors. Measured with three blocks of Wan 1.3B in bf16: 80 kB a patch where this says 90, 148 MB beside that where it
 * says 168.
 */
export function transformerMemory(config: TransformerConfig, checkpoint: Checkpoint): NonNullable<ModelCard['memory']> {
  const d = widthOf(config);
  return networkMemory({
    shapes: transformerShapes(config),
    checkpoint,
    layers: config.num_layers,
    width: d,
    perToken: Math.max(8 * d, 2 * config.ffn_dim + 3 * d),
    isSmall: isSmall(config),
    isFast: isFastMatrix,
  });
}
