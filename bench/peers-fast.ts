import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformerConfig, transformerShapes } from '../server/inference/families/wan/transformer-config';
import { fastFacts } from '../server/inference/fast-places';
import { type Comparison, compare } from './peers/compare';
import { lackOfPeers, Peer } from './peers/peer';
import { writeRandomWeights } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { wan13b } from './shapes';

/** Minutes: runs when it is named. */
export const isLong = true;

/**
 * Wan 1.3B's network at 1,280 tokens in the fast mode beside the exact one and PyTorch's in bf16: the same file of random bf16
 * weights, the same inputs, threads and processor, taking turns. Opening the fast one makes its weights and measures its error.
 */
export async function measure(): Promise<(Comparison & { error: number | undefined }) | Skipped> {
  const skipped = await lackOfPeers();
  if (skipped) return { skipped };
  return inScratch(6e9, async (folder) => {
    const shapes = transformerShapes(transformerConfig.parse(wan13b));
    await writeRandomWeights(shapes, join(folder, 'diffusion_pytorch_model.safetensors'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(wan13b));
    const work = { part: 'denoiser', folder, latent: [16, 5, 32, 32], tokens: 60 } as const;
    const peers = [
      () => Peer.skein({ ...work, isFast: true }),
      () => Peer.torch(work, 'bfloat16'),
      () => Peer.skein(work),
    ];
    const compared = await compare(peers, { rounds: 5 });
    return { ...compared, error: (await fastFacts(folder, 'bench'.padEnd(64)))?.error };
  });
}
