import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyNode } from '../../nodes/define';
import type { Machine } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FramesValue, Value } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { torchNoise } from '../../server/inference/noise';
import { cpu } from '../../server/inference/session';
import { sha256 } from '../../server/inference/sha256';
import { noMedia } from './no-media';
import {
  absolute,
  cases,
  goslingCases,
  type ParityCase,
  parityFolder,
  readTensors,
  relative,
  shippedFolder,
  step,
  tensor,
} from './parity-files';

let dataFolder = '';
let models: OpenModels;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'skein-parity-'));
  const catalog = await scanModels({ modelFolders: [parityFolder, shippedFolder], dataFolder });
  models = new OpenModels({ catalog, device: cpu, dataFolder });
});
afterAll(async () => {
  await models.release();
  await rm(dataFolder, { recursive: true });
});

/** The real doors of the machine, and a list of every clip that was finished on the way. */
function machine(): { ctx: Machine; clips: Float32Array[] } {
  const clips: Float32Array[] = [];
  const ctx: Machine = {
    signal: new AbortController().signal,
    progress: async () => undefined,
    step: async ({ state }) => {
      clips.push(state.arrays['x']!.slice());
    },
    resume: async () => null,
    noise: torchNoise,
    sha256,
    models,
    media: noMedia,
  };
  return { ctx, clips };
}

async function run(type: string, inputs: Record<string, Value | undefined>, params: object, ctx: Machine) {
  const node: AnyNode | undefined = registry[type];
  if (!node) throw new Error(`no node ${type}`);
  return node.run({ inputs, params: node.params.parse(params), ctx });
}

async function picture(file: string): Promise<FramesValue> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const read = async function* () {
    yield new Uint8Array(data);
  };
  return { kind: 'frames', width: info.width, height: info.height, count: 1, fps: 1, read };
}

const samplerOf = ({ scheduler }: ParityCase) =>
  scheduler === 'folder' || scheduler._class_name.startsWith('UniPC')
    ? 'unipc'
    : scheduler._class_name.startsWith('DPM')
      ? 'dpmpp-2m'
      : 'euler';

test.each([...cases, ...goslingCases].map((about) => [about.id, about] as const))(
  '%s: from prompt to pictures as diffusers',
  async (_, about) => {
    const { ctx, clips } = machine();
    const tensors = readTensors(about.file);
    const ref = (part: Parameters<typeof models.reference>[1]) => models.reference(about.folder, part);
    const [denoiser, vae] = [ref('denoiser'), ref('vae')];

    const { noise } = await run(
      'noise-seed',
      { model: denoiser },
      { seed: about.seed, width: about.width, height: about.height, frames: about.num_frames },
      ctx,
    );
    if (noise?.kind !== 'latent') throw new Error('no noise');
    expect([...noise.shape]).toEqual([...tensor(tensors, 'noise').shape]);
    expect(createHash('sha256').update(noise.data).digest('hex')).toBe(about.expected.noise_sha256);

    const prompt = { kind: 'text', text: about.prompt } as const;
    const negative = { kind: 'text', text: about.negative_prompt ?? '' } as const;
    const encoded = await run(
      'text-encoder',
      { model: ref('text-encoder'), prompt, negative },
      { length: about.max_sequence_length },
      ctx,
    );
    for (const [port, name] of [
      ['text', 'prompt_embeds'],
      ['avoid', 'negative_embeds'],
    ] as const) {
      const [value, reference] = [encoded[port], tensors.get(name)];
      if (value?.kind !== 'conditioning') throw new Error('no conditioning');
      if (!reference) continue;
      expect(relative(value.states, reference.data)).toBeLessThan(1e-4);
    }

    let frames: Value | undefined;
    if (about.image) {
      const held = await picture(`${parityFolder}/${about.image}`);
      ({ frames } = await run('frame-conditioner', { model: vae, noise, frames: held }, {}, ctx));
      if (frames?.kind !== 'pins') throw new Error('no pins');
      const reference = tensor(tensors, 'condition');
      const [channels, , h, w] = frames.shape;
      const first = new Float32Array(reference.data.length);
      for (let c = 0; c < channels; c++) {
        const at = c * frames.shape[1] * h * w;
        first.set(frames.data.subarray(at, at + h * w), c * h * w);
      }
      expect(relative(first, reference.data)).toBeLessThan(1e-4);
    }

    const { clip } = await run(
      'denoiser',
      { model: denoiser, noise, ...encoded, frames },
      { sampler: samplerOf(about), schedule: 'flow', steps: about.steps, guidance: about.guidance_scale },
      ctx,
    );
    const reference = tensor(tensors, 'latents');
    expect(clips.length).toBe(about.steps);
    for (const [i, found] of clips.entries()) expect(absolute(found, step(reference, i))).toBeLessThan(1e-3);

    if (!tensors.has('video')) return;
    const decoded = await run('vae-decoder', { model: vae, clip }, {}, ctx);
    if (decoded['frames']?.kind !== 'frames') throw new Error('no frames');
    const video = tensor(tensors, 'video').data;
    let [at, off, worst] = [0, 0, 0];
    for await (const frame of decoded['frames'].read()) {
      for (const byte of frame) {
        const difference = Math.abs(byte - Math.round(255 * video[at++]!));
        worst = Math.max(worst, difference);
        if (difference > 1) off += 1;
      }
    }
    expect(at).toBe(video.length);
    expect(off / at).toBeLessThanOrEqual(0.001);
    expect(worst).toBeLessThanOrEqual(2);
  },
);
