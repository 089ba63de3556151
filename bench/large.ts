import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddingNames, textEncoderConfig, textEncoderShapes } from '../server/inference/families/shared/t5-config';
import { T5Encoder } from '../server/inference/families/shared/t5-encoder';
import { openTextEncoderFiles, openTransformerFiles } from '../server/inference/families/wan/pipeline';
import { WanTransformer } from '../server/inference/families/wan/transformer';
import { transformerConfig, transformerShapes } from '../server/inference/families/wan/transformer-config';
import { watchMemory } from '../server/inference/memory-watch';
import { cpu } from '../server/inference/session';
import { writeRandomShards } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { umt5Xxl, wan13b, wanTi2v5b } from './shapes';

/** Writes up to 11 GB at a time: runs when it is named. */
export const isLong = true;

interface Figures {
  gigabytes: number;
  openSeconds: number;
  runSeconds: number;
  /** Private memory beyond what the process had: at most while open and running, and when it was closed again. */
  peakPrivateMegabytes: number;
  leftPrivateMegabytes: number;
}

type Part = { run(): Promise<unknown>; release(): Promise<void> };

const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(0.11 * i));

async function openDenoiser(folder: string): Promise<Part> {
  const { config, checkpoint } = await openTransformerFiles(folder);
  const network = new WanTransformer(config, checkpoint, cpu);
  await network.open();
  const [tokens, width, channels] = [8, config.text_dim, config.in_channels];
  const text = {
    kind: 'conditioning',
    family: 'wan',
    states: wave(tokens * width),
    tokens,
    width,
    length: 512,
  } as const;
  const call = { latent: wave(channels * 64), shape: [channels, 1, 8, 8] as const, timesteps: 999, text };
  return { run: () => network.predict(call), release: () => network.release() };
}

async function openText(folder: string): Promise<Part> {
  const { config, checkpoint } = await openTextEncoderFiles(folder);
  const encoder = new T5Encoder(config, checkpoint, cpu);
  await encoder.open();
  return { run: () => encoder.encode([3, 5, 8, 13, 21, 34, 55, 1]), release: () => encoder.release() };
}

const denoiserShapes = (config: object) => transformerShapes(transformerConfig.parse(config));
const text = textEncoderConfig.parse(umt5Xxl);
const models = {
  'wan 1.3b': { config: wan13b, shapes: denoiserShapes(wan13b), open: openDenoiser },
  'wan ti2v 5b': { config: wanTi2v5b, shapes: denoiserShapes(wanTi2v5b), open: openDenoiser },
  'umt5 xxl': {
    config: umt5Xxl,
    shapes: new Map([[embeddingNames[0], [text.vocab_size, text.d_model]] as const, ...textEncoderShapes(text)]),
    open: openText,
  },
};

/** Checkpoints of the sizes people have, random bf16 weights in shards: opened, run on a small input twice, closed. */
export async function measure(): Promise<Record<string, Figures | Skipped>> {
  const results: Record<string, Figures | Skipped> = {};
  for (const [name, { config, shapes, open }] of Object.entries(models)) {
    const bytes = 2 * [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    results[name] = await inScratch(bytes + 1e9, async (folder) => {
      const stem = open === openText ? 'model' : 'diffusion_pytorch_model';
      const written = await writeRandomShards(shapes, folder, { stem, most: 5e9 });
      await writeFile(join(folder, 'config.json'), JSON.stringify(config));
      return { gigabytes: round(written / 1e9), ...(await figuresOf(() => open(folder))) };
    });
  }
  return results;
}

async function figuresOf(open: () => Promise<Part>): Promise<Omit<Figures, 'gigabytes'>> {
  globalThis.gc?.();
  const memory = await watchMemory();
  const before = (await memory.reset()).private ?? Number.NaN;
  const start = performance.now();
  const part = await open();
  const opened = performance.now();
  await part.run();
  const ran = performance.now();
  await part.run();
  const again = performance.now();
  const peak = memory.peak().private ?? Number.NaN;
  await part.release();
  globalThis.gc?.();
  const left = (await memory.reset()).private ?? Number.NaN;
  await memory.stop();
  return {
    openSeconds: round((opened - start) / 1000),
    runSeconds: round((again - ran) / 1000),
    peakPrivateMegabytes: Math.round((peak - before) / 2 ** 20),
    leftPrivateMegabytes: Math.round((left - before) / 2 ** 20),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
