import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../server/inference/checkpoint';
import { WanTransformer } from '../server/inference/families/wan/transformer';
import {
  type TransformerConfig,
  transformerConfig,
  transformerShapes,
  widthOf,
} from '../server/inference/families/wan/transformer-config';
import { GraphBuilder } from '../server/inference/onnx/model';
import { linear } from '../server/inference/onnx/ops';
import { cpu, Session } from '../server/inference/session';
import { writeRandomWeights } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { wan13b } from './shapes';

const config = transformerConfig.parse(wan13b);
const textTokens = 60;
/** 5 x 16 x 16 patches. */
const tokens = 1280;

/**
 * Opens a large checkpoint of random weights, made on the spot, and runs it once. Figures: seconds until the first block
 * could run, private memory that opening takes, the highest private memory in a pass, and the speed of a pass.
 */
export async function measure(): Promise<Record<string, number> | Skipped> {
  return inScratch(4e9, async (folder) => {
    const bytes = await writeRandomWeights(
      transformerShapes(config),
      join(folder, 'diffusion_pytorch_model.safetensors'),
    );
    const before = privateMegabytes();
    const start = performance.now();
    const checkpoint = await openCheckpoint(folder);
    const transformer = new WanTransformer(config, checkpoint, cpu);
    await transformer.open();
    const openSeconds = (performance.now() - start) / 1000;
    const openMegabytes = privateMegabytes() - before;

    const clip = (frames: number, side: number) => ({
      latent: Float32Array.from({ length: 16 * frames * side * side }, (_, i) => Math.sin(0.37 * i)),
      shape: [16, frames, side, side] as const,
    });
    const states = Float32Array.from({ length: textTokens * config.text_dim }, (_, i) => Math.cos(0.07 * i));
    const text = {
      kind: 'conditioning',
      family: 'wan',
      states,
      tokens: textTokens,
      width: config.text_dim,
      length: 512,
    } as const;
    // A small clip first: it reads the file and encodes the text, so that the measured pass does neither.
    await transformer.predict({ ...clip(1, 16), timesteps: 999, text });
    const call = { ...clip(5, 32), timesteps: 999, text };
    const [wall, cpuStart] = [performance.now(), process.cpuUsage()];
    await transformer.predict(call);
    const seconds = (performance.now() - wall) / 1000;
    const used = process.cpuUsage(cpuStart);
    const coreSeconds = (used.user + used.system) / 1e6;
    const plain = await matrixGflop(checkpoint);
    const runMegabytes = privateMegabytes() - before;
    await transformer.release();
    const gflop = passGflop(config, tokens, textTokens + 1);
    return {
      gigabytes: round(bytes / 1e9),
      openSeconds: round(openSeconds),
      openPrivateMegabytes: Math.round(openMegabytes),
      afterRunPrivateMegabytes: Math.round(runMegabytes),
      passSeconds: round(seconds),
      passGflop: Math.round(gflop),
      gflopPerCoreSecond: round(gflop / coreSeconds),
      plainMatrixGflopPerCoreSecond: round(plain),
    };
  });
}

const round = (value: number): number => Math.round(value * 100) / 100;

/**
 * The speed of bare matrix products with the same weights at the same moment: what the network could reach at most. Says
 * whether a low figure is the network's fault or that of a machine that is busy.
 */
async function matrixGflop(checkpoint: Checkpoint): Promise<number> {
  const { ffn_dim: wide } = config;
  const width = widthOf(config);
  const g = new GraphBuilder('plain');
  const weight = checkpoint.get('blocks.0.ffn.net.0.proj.weight');
  g.output('y', linear(g, g.input('x', 'f32', [tokens, width]), weight));
  const session = await Session.open('plain', g.finish());
  const x = { data: new Float32Array(tokens * width).fill(0.5), shape: [tokens, width] };
  let best = 0;
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage();
    await session.run({ x }, ['y']);
    const { user, system } = process.cpuUsage(start);
    best = Math.max(best, (2 * tokens * width * wide) / 1e3 / (user + system));
  }
  await session.release();
  return best;
}

/** Multiply-adds count as two. Text keys and values are made once per prompt and not counted. */
function passGflop(about: TransformerConfig, n: number, rows: number): number {
  const d = widthOf(about);
  const linear = 2 * n * d * (6 * d + 2 * about.ffn_dim);
  const attention = 4 * n * n * d + 4 * n * rows * d;
  const ends = 2 * n * d * 4 * (about.in_channels + about.out_channels);
  return (about.num_layers * (linear + attention) + ends) / 1e9;
}

/** Memory that belongs to this process alone: not the mapped file. Linux; elsewhere the JavaScript heap, for want of better. */
function privateMegabytes(): number {
  try {
    const anonymous = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (anonymous) return Number(anonymous) / 1024;
  } catch {
    // Not Linux.
  }
  return process.memoryUsage().heapTotal / 2 ** 20;
}
