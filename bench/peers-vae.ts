import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vaeShapes } from '../test/inference/vae-shapes';
import { type Comparison, compare } from './peers/compare';
import { lackOfPeers, Peer } from './peers/peer';
import { writeRandomWeights } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { wan21Vae } from './shapes';

/** Many minutes: runs when it is named. */
export const isLong = true;

/**
 * The decoder of Wan 2.1's VAE at full size, random fp32 weights, 480x272: 9 and 33 frames, beside PyTorch's. Two lengths
 * because memory may grow with the clip.
 */
export async function measure(): Promise<Record<string, Comparison> | Skipped> {
  const skipped = await lackOfPeers();
  if (skipped) return { skipped };
  return inScratch(1e9, async (folder) => {
    const shapes = vaeShapes({ base: wan21Vae.base_dim, multiples: wan21Vae.dim_mult, blocks: 2 });
    await writeRandomWeights(shapes, join(folder, 'diffusion_pytorch_model.safetensors'), 'F32');
    await writeFile(join(folder, 'config.json'), JSON.stringify(wan21Vae));
    const results: Record<string, Comparison> = {};
    for (const latents of [3, 9]) {
      const work = { part: 'vae', folder, latent: [16, latents, 34, 60] } as const;
      const peers = [() => Peer.skein(work), () => Peer.torch(work, 'float32')];
      results[`${(latents - 1) * 4 + 1} frames`] = await compare(peers, { rounds: 2, isWarm: false });
    }
    return results;
  });
}
