import { type Checkpoint, withHalves } from '../../checkpoint';
import { type FastNetwork, fastCheckpoint } from '../../fast-weights';
import type { Where } from '../family';
import { formulaIds } from './forward';
import { isLayerMatrix, type TextEncoderConfig } from './t5-config';
import { T5Encoder } from './t5-encoder';

/** Tokens it is measured on: a prompt's length. */
const tokens = 32;

/** A T5-type encoder for the fast mode. What goes into its matrices has a few numbers far above all others: hence twice. */
export function fastTextEncoder(files: { config: TextEncoderConfig; checkpoint: Checkpoint }): FastNetwork {
  const { config, checkpoint } = files;
  return {
    name: 'text_encoder',
    part: 'text encoder',
    checkpoint,
    isFast: isLayerMatrix,
    by: 'row-twice',
    async sample(by) {
      const encoder = new T5Encoder(config, by);
      try {
        return await encoder.encode(formulaIds(tokens, config.vocab_size));
      } finally {
        await encoder.release();
      }
    },
  };
}

/** The encoder's weights as they are to be multiplied by: as they are, in fp16, or in eight bits. */
export async function asPrecise(
  files: { config: TextEncoderConfig; checkpoint: Checkpoint },
  { fast, isHalf }: Pick<Where, 'fast' | 'isHalf'>,
): Promise<Checkpoint> {
  if (fast) return fastCheckpoint(fast, fastTextEncoder(files));
  return isHalf ? withHalves(files.checkpoint, isLayerMatrix) : files.checkpoint;
}
