import type { Checkpoint } from '../../checkpoint';
import type { FastNetwork } from '../../fast-weights';
import { fixedNoise, fixedTimes } from '../shared/fixed-inputs';
import { isFastMatrix } from './fast-matrices';
import { type ClipFacts, LtxTransformer } from './transformer';
import { isSmall, type TransformerConfig } from './transformer-config';

/** LTX-Video's network for the fast mode; measured on three latent frames of 16 tokens. */
export function fastNetwork(
  { config, checkpoint }: { config: TransformerConfig; checkpoint: Checkpoint },
  clip: ClipFacts,
): FastNetwork {
  return {
    name: 'transformer',
    part: 'denoiser',
    checkpoint,
    isFast: isFastMatrix,
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
