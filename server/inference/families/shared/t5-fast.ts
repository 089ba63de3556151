import type { Checkpoint } from '../../checkpoint';
import { type FastHome, type FastNetwork, fastCheckpoint } from '../../fast-weights';
import { formulaIds } from './forward';
import type { TextEncoderConfig } from './t5-config';
import { T5Encoder } from './t5-encoder';

/** All matrices of the layers. The gate's hidden layer has a few numbers far above all others: see `by` below. */
const matrices = /^encoder\.block\.\d+\.layer\.(0\.SelfAttention\.[qkvo]|1\.DenseReluDense\.(wi_0|wi_1|wo))\.weight$/;

/** Tokens it is measured on: a prompt's length. */
const tokens = 32;

/** A T5-type encoder for the fast mode. */
export function fastTextEncoder(files: { config: TextEncoderConfig; checkpoint: Checkpoint }): FastNetwork {
  const { config, checkpoint } = files;
  return {
    name: 'text_encoder',
    part: 'text encoder',
    checkpoint,
    isFast: (tensor) => matrices.test(tensor),
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

/** The encoder's files with its matrices in eight bits beside them, where that is wanted. */
export const maybeFast = async (
  files: { config: TextEncoderConfig; checkpoint: Checkpoint },
  home: FastHome | undefined,
): Promise<Checkpoint> => (home ? fastCheckpoint(home, fastTextEncoder(files)) : files.checkpoint);
