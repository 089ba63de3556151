import type { ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { networkMemory } from '../shared/network-memory';
import { isFastMatrix } from './fast-matrices';
import { isSmall, type TransformerConfig, transformerShapes, widthOf } from './transformer-config';

/**
 * For each token the hidden layer before and after its activation, four vectors each, with three more. Measured with three
 * blocks of LTX-Video 2B in bf16: 80 kB a token where this says 91, 172 MB beside that where it says 194.
 */
export function transformerMemory(config: TransformerConfig, checkpoint: Checkpoint): NonNullable<ModelCard['memory']> {
  const d = widthOf(config);
  return networkMemory({
    shapes: transformerShapes(config),
    checkpoint,
    layers: config.num_layers,
    width: d,
    perToken: 11 * d,
    isSmall: isSmall(config),
    isFast: isFastMatrix,
  });
}
