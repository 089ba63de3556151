import type { Checkpoint } from '../../checkpoint';
import type { FastNetwork } from '../../fast-weights';
import { fixedNoise, fixedTimes } from '../shared/fixed-inputs';
import { isFastMatrix } from './fast-matrices';
import { WanTransformer } from './transformer';
import { isSmall, type TransformerConfig } from './transformer-config';

/** One of Wan's networks for the fast mode; measured on three latent frames of 16 patches. */
export function fastNetwork(files: { name: string; config: TransformerConfig; checkpoint: Checkpoint }): FastNetwork {
  const { name, config, checkpoint } = files;
  return {
    name,
    part: 'denoiser',
    checkpoint,
    isFast: isFastMatrix,
    by: isSmall(config) ? 'tensor' : 'row',
    async sample(by) {
      const [, rows, columns] = config.patch_size;
      const shape = [config.in_channels, 3, 4 * rows, 4 * columns] as const;
      const [tokens, width] = [16, config.text_dim];
      const text = { kind: 'conditioning', family: 'wan', tokens, width, length: tokens + 1 } as const;
      const states = fixedNoise(tokens * width);
      const places = config.pos_embed_seq_len ?? 257;
      const picture = config.image_dim ? { states: fixedNoise(places * config.image_dim), rows: places } : undefined;
      const network = new WanTransformer(config, by);
      try {
        return await fixedTimes((timesteps) =>
          network.predict({
            latent: fixedNoise(shape.reduce((a, b) => a * b, 1)),
            shape,
            timesteps,
            text: { ...text, states },
            ...(picture ? { picture } : {}),
          }),
        );
      } finally {
        await network.release();
      }
    },
  };
}
