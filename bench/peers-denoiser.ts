import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformerConfig, transformerShapes } from '../server/inference/families/wan/transformer-config';
import { type Comparison, compare } from './peers/compare';
import { lackOfPeers, Peer } from './peers/peer';
import { writeRandomWeights } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { wan13b } from './shapes';

/** Minutes: runs when it is named. */
export const isLong = true;

/**
 * Wan 1.3B's network at 1,280 tokens (17 frames of 256 x 256) beside PyTorch's: the same file of random bf16 weights, the
 * same inputs, threads and processor, taking turns.
 */
export async function measure(): Promise<Comparison | Skipped> {
  const skipped = await lackOfPeers();
  if (skipped) return { skipped };
  return inScratch(4e9, async (folder) => {
    const shapes = transformerShapes(transformerConfig.parse(wan13b));
    await writeRandomWeights(shapes, join(folder, 'diffusion_pytorch_model.safetensors'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(wan13b));
    const work = { part: 'denoiser', folder, latent: [16, 5, 32, 32], tokens: 60 } as const;
    const peers = [() => Peer.skein(work), () => Peer.torch(work, 'float32'), () => Peer.torch(work, 'bfloat16')];
    return compare(peers, { rounds: 3 });
  });
}
