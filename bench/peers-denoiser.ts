import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformerConfig, transformerShapes } from '../server/inference/families/wan/transformer-config';
import { type Comparison, compare } from './peers/compare';
import { lackOfPeers, Peer } from './peers/peer';
import { lackOfDisk, writeRandomWeights } from './random-weights';
import { wan13b } from './shapes';

/** Minutes: runs when it is named. */
export const isLong = true;

/**
 * Wan 1.3B's network at 1,280 tokens (17 frames of 256 x 256) beside PyTorch's: the same file of random bf16 weights, the
 * same inputs, threads and processor, taking turns.
 */
export async function measure(): Promise<Comparison | { skipped: string }> {
  const folder = await realpath(await mkdtemp(join(process.env['SKEIN_BENCH_FOLDER'] ?? tmpdir(), 'skein-bench-')));
  try {
    const skipped = (await lackOfPeers()) ?? (await lackOfDisk(folder, 4e9));
    if (skipped) return { skipped };
    const shapes = transformerShapes(transformerConfig.parse(wan13b));
    await writeRandomWeights(shapes, join(folder, 'diffusion_pytorch_model.safetensors'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(wan13b));
    const work = { part: 'denoiser', folder, latent: [16, 5, 32, 32], tokens: 60 } as const;
    const peers = [Peer.skein(work), Peer.torch(work, 'float32'), Peer.torch(work, 'bfloat16')];
    return await compare(peers, { rounds: 3 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
