import { createInterface } from 'node:readline';
import type { ModelCard } from '../../nodes/values';
import { blankCard } from '../../server/inference/card';
import { T5Encoder } from '../../server/inference/families/shared/t5-encoder';
import { fastNetwork } from '../../server/inference/families/wan/fast';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from '../../server/inference/families/wan/pipeline';
import { WanTransformer } from '../../server/inference/families/wan/transformer';
import { WanVae } from '../../server/inference/families/wan/vae';
import { fastCheckpoint } from '../../server/inference/fast-weights';
import { watchMemory } from '../../server/inference/memory-watch';
import { cpu } from '../../server/inference/session';
import type { Done, Work } from './peer';

// Skein's side of the peer benches: opens one part of a model and runs it when told to. peer.ts says what is spoken.

// Given by peer.ts.
const work = JSON.parse(process.argv[2] ?? '') as Work;
const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(0.11 * i));
const sumOf = (data: Float32Array) => data.reduce((sum, x) => sum + Math.abs(x), 0);

type Run = () => Promise<number>;

async function openDenoiser(): Promise<Run> {
  const { config, checkpoint: exact } = await openTransformerFiles(work.folder);
  const home = { dataFolder: work.folder, digest: 'bench'.padEnd(64) };
  const network = fastNetwork({ name: 'transformer', config, checkpoint: exact });
  const checkpoint = work.isFast ? await fastCheckpoint(home, network) : exact;
  const transformer = new WanTransformer(config, checkpoint, cpu);
  await transformer.open();
  const [channels = 0, frames = 0, height = 0, width = 0] = work.latent ?? [];
  const [tokens, text] = [work.tokens ?? 1, config.text_dim];
  const call = {
    latent: wave(channels * frames * height * width),
    shape: [channels, frames, height, width] as const,
    timesteps: 999,
    text: {
      kind: 'conditioning',
      family: 'wan',
      states: wave(tokens * text),
      tokens,
      width: text,
      length: 512,
    } as const,
  };
  return async () => sumOf(await transformer.predict(call));
}

async function openVae(): Promise<Run> {
  const card: ModelCard = blankCard('bench');
  const vae = new WanVae(await openVaeFiles(work.folder), card, cpu);
  const [channels = 0, frames = 0, height = 0, width = 0] = work.latent ?? [];
  const z = wave(channels * frames * height * width);
  return async () => {
    let sum = 0;
    for await (const { data } of vae.decodeClip(z, [channels, frames, height, width])) sum += sumOf(data);
    return sum;
  };
}

async function openTextEncoder(): Promise<Run> {
  const { config, checkpoint } = await openTextEncoderFiles(work.folder);
  const encoder = new T5Encoder(config, checkpoint, cpu);
  await encoder.open();
  const ids = Array.from({ length: work.tokens ?? 1 }, (_, i) => ((7 * i) % 97) + 2);
  return async () => sumOf(await encoder.encode(ids));
}

const memory = await watchMemory();
const before = memory.peak();

async function timed<T>(doIt: () => Promise<T>, sum?: (result: T) => number): Promise<T> {
  await memory.reset();
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const result = await doIt();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  const peak = memory.peak();
  const megabytes = (kind: 'private' | 'resident') => Math.max(0, (peak[kind] ?? 0) - (before[kind] ?? 0)) / 2 ** 20;
  const done: Done = {
    seconds,
    coreSeconds: (user + system) / 1e6,
    privateMegabytes: megabytes('private'),
    residentMegabytes: megabytes('resident'),
    ...(sum ? { sum: sum(result) } : {}),
  };
  process.stdout.write(`${JSON.stringify(done)}\n`);
  return result;
}

const openers = { denoiser: openDenoiser, vae: openVae, 'text-encoder': openTextEncoder };
const run = await timed(openers[work.part]);
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'run') await timed(run, (sum) => sum);
}
process.exit(0);
