import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blankCard } from '../server/inference/card';
import { openVaeFiles } from '../server/inference/families/wan/pipeline';
import { WanVae } from '../server/inference/families/wan/vae';
import { watchMemory } from '../server/inference/memory-watch';
import { TinyDecoder } from '../server/inference/tiny-decoder';
import { tinyShapes } from '../test/inference/tiny-weights';
import { vaeShapes } from '../test/inference/vae-shapes';
import { writeRandomWeights } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { wan21Vae } from './shapes';

/** Nine frames of 128x128. */
const latents = [16, 3, 16, 16] as const;

/**
 * The tiny decoder beside the full one of Wan 2.1, random weights, the same latents: seconds of processor time for the clip, and
 * the highest private memory while it is decoded.
 */
export async function measure(): Promise<Record<string, number> | Skipped> {
  return inScratch(1e9, async (folder) => {
    const { base_dim: base, dim_mult: multiples } = wan21Vae;
    const shapes = vaeShapes({ base, multiples, blocks: 2 });
    await writeRandomWeights(shapes, join(folder, 'diffusion_pytorch_model.safetensors'), 'F32');
    await writeFile(join(folder, 'config.json'), JSON.stringify(wan21Vae));
    const small = tinyShapes({ kind: 'plain', channels: latents[0], patch: 1 });
    await writeRandomWeights(small, join(folder, 'taew2_1.safetensors'), 'F32');
    const data = Float32Array.from({ length: latents.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(0.11 * i));
    const card = { ...blankCard('bench'), latent: { space: '', channels: 16, time: 4, scale: 8, multiple: 16 } };
    const full = new WanVae(await openVaeFiles(folder), card);
    const tiny = await TinyDecoder.open(join(folder, 'taew2_1.safetensors'), card);
    const memory = await watchMemory();
    const of = async (decode: () => AsyncIterable<unknown>) => {
      const before = (await memory.reset()).private ?? 0;
      const start = process.cpuUsage();
      for await (const _ of decode());
      const { user, system } = process.cpuUsage(start);
      return { seconds: (user + system) / 1e6, megabytes: ((memory.peak().private ?? 0) - before) / 2 ** 20 };
    };
    const little = await of(() => tiny.pictures({ data, shape: latents }));
    const much = await of(() => full.decodeClip(data, latents));
    await memory.stop();
    const round = (value: number) => Math.round(value * 100) / 100;
    return {
      fullCoreSeconds: round(much.seconds),
      tinyCoreSeconds: round(little.seconds),
      times: round(much.seconds / little.seconds),
      fullMegabytes: Math.round(much.megabytes),
      tinyMegabytes: Math.round(little.megabytes),
    };
  });
}
