import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Machine } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FramesValue, Kind, ModelCard, Values } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { torchNoise } from '../../server/inference/noise';
import { cpu } from '../../server/inference/session';
import { sha256 } from '../../server/inference/sha256';
import { openMedia } from '../../server/media/door';
import { openBlobs } from '../../server/store/blobs';
import type { Clip } from './knowledge';

/** What is chosen at the denoiser. */
export interface Settings {
  sampler: string;
  steps: number;
  guidance: number;
}

/** Pictures held in a clip to come. `take` counts pictures. */
export interface Hold {
  clip: Clip;
  position: 'first' | 'last';
  take?: number;
}

/** Pixels and pictures of a clip. */
export interface Size {
  width: number;
  height: number;
  frames: number;
}

export interface Studio {
  card: ModelCard;
  /** A clip by the nodes of the text-to-video and image-to-video graphs, in their order; of the model's own size unless told. */
  make(about: { prompt: string; seed: number; settings: Settings; hold?: readonly Hold[]; size?: Size }): Promise<Clip>;
  /** Through the VAE's encoder and back. */
  roundTrip(clip: Clip): Promise<Clip>;
  close(): Promise<void>;
}

type Value = Values[Kind];

/** The product without its engine: the nodes of the registry and the doors they are handed, on the CPU, with nothing cached. */
export async function openStudio(
  modelFolder: string,
  { precision = 'exact' }: { precision?: 'exact' | 'fast' } = {},
): Promise<Studio> {
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-quality-'));
  const catalog = await scanModels({ modelFolders: [modelFolder], dataFolder });
  const [model] = catalog.values();
  if (!model) throw new Error(`There is no model in ${modelFolder}. Give a folder that has a model_index.json.`);
  const { card } = model;
  if (card.broken) throw new Error(card.broken);
  const models = new OpenModels({ catalog, device: cpu, dataFolder });
  const ctx: Machine = {
    signal: new AbortController().signal,
    models,
    media: openMedia({ blobs: openBlobs(path.join(dataFolder, 'blobs')) }),
    noise: torchNoise,
    sha256,
    progress: async () => undefined,
    step: async () => undefined,
    resume: async () => null,
  };
  const run = (type: string, inputs: Record<string, Value | undefined>, params: Record<string, unknown> = {}) => {
    const node = registry[type]!;
    return node.run({ inputs, params: node.params.parse(params), ctx });
  };
  const { denoiser, textEncoder, vae } = await run('model', {}, { model: card.id, precision });
  const { fps, schedule } = card.defaults;

  return {
    card,
    async make({ prompt, seed, settings, hold = [], size = card.defaults }) {
      const { width, height, frames } = size;
      const words = (await run('prompt', {}, { text: prompt })).text;
      const { text, avoid } = await run('text-encoder', { model: textEncoder, prompt: words });
      const { noise } = await run('noise-seed', { model: denoiser }, { seed, width, height, frames, fps });
      let pins: Value | undefined;
      for (const { clip, position, take = null } of hold)
        pins = (
          await run('frame-conditioner', { model: vae, noise, frames: framesOf(clip, fps), pins }, { position, take })
        ).frames;
      const made = await run(
        'denoiser',
        { model: denoiser, noise, text, avoid, frames: pins },
        { ...settings, schedule },
      );
      return clipOf((await run('vae-decoder', { model: vae, clip: made.clip })).frames);
    },
    async roundTrip(clip) {
      const encoded = await run('vae-encoder', { model: vae, frames: framesOf(clip, fps) });
      return clipOf((await run('vae-decoder', { model: vae, clip: encoded.clip })).frames);
    },
    async close() {
      await models.release();
      fs.rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

function framesOf({ data, frames, width, height }: Clip, fps: number): FramesValue {
  const bytes = width * height * 3;
  return {
    kind: 'frames',
    width,
    height,
    count: frames,
    fps,
    async *read() {
      for (let f = 0; f < frames; f++) yield data.slice(f * bytes, (f + 1) * bytes);
    },
  };
}

async function clipOf(value: Value | undefined): Promise<Clip> {
  if (value?.kind !== 'frames')
    throw new Error('The VAE decoder made no frames. Its outputs have changed: see studio.ts.');
  const { width, height, count } = value;
  const data = new Uint8Array(count * width * height * 3);
  let at = 0;
  for await (const frame of value.read()) {
    data.set(frame, at);
    at += frame.length;
  }
  return { data, frames: count, width, height };
}
