import type { Checkpoint } from '../../checkpoint';
import type { FastNetwork } from '../../fast-weights';
import { fixedNoise, fixedTimes } from '../shared/fixed-inputs';
import { type ClipFacts, isSmall, LtxTransformer } from './transformer';
import type { TransformerConfig } from './transformer-config';

/** What is multiplied by at every step. Keys and values of words are made once per prompt. */
const matrices =
  /^transformer_blocks\.\d+\.(attn1\.to_(q|k|v|out\.0)|attn2\.to_(q|out\.0)|ff\.net\.(0\.proj|2))\.weight$/;

/** LTX-Video's network for the fast mode; measured on three latent frames of 16 tokens. */
export function fastNetwork(
  { config, checkpoint }: { config: TransformerConfig; checkpoint: Checkpoint },
  clip: ClipFacts,
): FastNetwork {
  return {
    name: 'transformer',
    checkpoint,
    isFast: (tensor) => matrices.test(tensor),
    by: isSmall(config) ? 'tensor' : 'row',
    async sample(by) {
      const shape = [config.in_channels, 3, 4, 4] as const;
      const [tokens, width] = [16, config.caption_channels];
      const states = fixedNoise(tokens * width);
      const text = { kind: 'conditioning', family: 'ltx', states, tokens, width, length: tokens } as const;
      const network = new LtxTransformer({ config, checkpoint: by }, clip);
      try {
        const latent = fixedNoise(shape.reduce((a, b) => a * b, 1));
        return await fixedTimes((timesteps) => network.predict({ latent, shape, timesteps, text }));
      } finally {
        await network.release();
      }
    },
  };
}
