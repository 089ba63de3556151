import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine, NoiseSource } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FramesValue, ModelValue, Value } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { torchNoise } from '../../server/inference/noise';
import { cpu } from '../../server/inference/session';
import { sha256 } from '../../server/inference/sha256';
import { noMedia } from './no-media';
import { absolute, parityFolder, readTensors, relative, step, tensor } from './parity-files';
import { formulaClip } from './vae-fixtures';

/** A call of diffusers' own pipeline; see test/parity/ltx/README.md. */
interface LtxCase {
  id: string;
  folder: 'later' | 'older';
  seed: number;
  width: number;
  height: number;
  num_frames: number;
  fps: number;
  steps: number;
  guidance_scale: number;
  prompt: string;
  negative_prompt: string;
  length: number;
  image?: string;
  prefix?: number;
  /** At which picture of the film the image or the clip lies. */
  frame_index?: number;
  strength?: number;
  film?: false;
  sigmas: number[];
  expected: { prompt_token_ids: number[]; noise_sha256: string };
}
const ltxFolder = join(parityFolder, 'ltx');
// The fixtures' own schema; a wrong one shows at once.
const { cases } = JSON.parse(readFileSync(join(ltxFolder, 'cases.json'), 'utf8')) as { cases: LtxCase[] };

let root = '';
let models: OpenModels;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-ltx-'));
  for (const name of ['later', 'older']) {
    const folder = join(root, 'models', name);
    await mkdir(folder, { recursive: true });
    for (const from of ['later', name]) await cp(join(ltxFolder, from), folder, { recursive: true });
  }
  const asked = join(root, 'models', 'asked');
  await cp(join(ltxFolder, 'later'), asked, { recursive: true });
  await writeFile(join(asked, 'skein.json'), JSON.stringify({ decode: { noise: 0 } }));
  const catalog = await scanModels({ modelFolders: [join(root, 'models')], dataFolder: root });
  models = new OpenModels({ catalog, device: cpu, dataFolder: root });
});
afterAll(async () => {
  await models.release();
  await rm(root, { recursive: true });
});

test('cards say what the folders are', () => {
  const card = (model: string) => models.card({ kind: 'model', model, part: 'vae', digest: '' });
  expect(card('later')).toMatchObject({
    family: 'ltx',
    latent: { channels: 8, time: 8, scale: 32, multiple: 32 },
    text: { width: 32, length: 256 },
    defaults: { sampler: 'euler', schedule: 'flow', fps: 25 },
    pins: 'any',
    spacing: { curve: 'linear-quadratic' },
    parts: { denoiser: { dtype: 'bf16' }, 'text-encoder': { dtype: 'bf16' } },
  });
  expect(card('older')).toMatchObject({
    latent: { channels: 8, time: 8, scale: 32, multiple: 32 },
    text: { length: 128 },
    pins: 'first',
    spacing: { curve: 'even', shiftBySize: { pixels: [1024, 4096], logShift: [0.95, 2.05] }, terminal: 0.1 },
  });
  expect(card('later').latent.space).not.toBe(card('older').latent.space);
});

async function run(type: string, inputs: Record<string, Value | undefined>, params: object, ctx: Machine) {
  const node = registry[type]!;
  return node.run({ inputs, params: node.params.parse(params), ctx });
}

async function picture(file: string): Promise<FramesValue> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const read = async function* () {
    yield new Uint8Array(data);
  };
  return { kind: 'frames', width: info.width, height: info.height, count: 1, fps: 1, read };
}

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

test.each(cases.map((about) => [about.id, about] as const))(
  '%s: from prompt to pictures as diffusers',
  async (id, about) => {
    const { ctx, clips } = machine();
    const tensors = readTensors(`ltx/${id}.safetensors`);
    const ref = (part: ModelValue['part']) => models.reference(about.folder, part);
    const { seed, width, height, num_frames: frames, fps } = about;
    const { noise } = await run('noise-seed', { model: ref('denoiser') }, { seed, width, height, frames, fps }, ctx);
    if (noise?.kind !== 'latent') throw new Error('no noise');
    expect(createHash('sha256').update(noise.data).digest('hex')).toBe(about.expected.noise_sha256);

    const prompt = { kind: 'text', text: about.prompt } as const;
    const negative = { kind: 'text', text: about.negative_prompt } as const;
    const encoded = await run(
      'text-encoder',
      { model: ref('text-encoder'), prompt, negative },
      { length: about.length },
      ctx,
    );
    let text = 0;
    for (const [port, name] of [
      ['text', 'prompt_embeds'],
      ['avoid', 'negative_embeds'],
    ] as const) {
      const [value, reference] = [encoded[port], tensors.get(name)];
      if (value?.kind !== 'conditioning') throw new Error('no conditioning');
      if (reference) text = Math.max(text, relative(value.states, reference.data));
    }
    expect(text).toBeLessThan(1e-5);

    let held: Value | undefined;
    if (about.image || about.prefix) {
      const pictures = about.image
        ? await picture(join(ltxFolder, about.image))
        : formulaClip(about.prefix ?? 1, height, width);
      const { frame_index: index = 0, strength = 1 } = about;
      // A clip's first picture is the last of the latent frame before those that it is said to fill.
      const place = index ? { position: 'at', at: index / 8 + (about.prefix ? 1 : 0) } : {};
      const how = { ...place, strength };
      ({ frames: held } = await run('frame-conditioner', { model: ref('vae'), noise, frames: pictures }, how, ctx));
    }
    const { clip } = await run(
      'denoiser',
      { model: ref('denoiser'), noise, ...encoded, frames: held },
      { sampler: 'euler', schedule: 'flow', steps: about.steps, guidance: about.guidance_scale },
      ctx,
    );
    if (clip?.kind !== 'latent') throw new Error('no clip');
    const reference = tensor(tensors, 'latents');
    expect(clips.length).toBe(about.steps);
    const pins = held?.kind === 'pins' ? held : undefined;
    const known = pins?.known.filter(Boolean).length ?? 0;
    const plane = noise.shape[2] * noise.shape[3];
    // Keyframes stand behind the clip's own latent frames. In the older model known ones are overwritten at the end only.
    const all = noise.shape[1] + (pins?.beside?.length ?? 0);
    const own = (x: Float32Array) => x.filter((_, i) => Math.floor(i / plane) % all < noise.shape[1]);
    const worst = clips.map((found, i) => absolute(own(found), step(reference, i)));
    expect(Math.max(...worst)).toBeLessThan(5e-5);
    expect(absolute(clip.data, step(reference, about.steps - 1))).toBeLessThan(5e-5);

    if (about.film === false) return;
    // diffusers draws what it decodes with from the generator that made the noise; a sample of known frames came between.
    const drawn: NoiseSource = torchNoise(seed);
    drawn.normal(noise.data.length);
    if (known) drawn.normal((noise.data.length / noise.shape[1]) * known);
    const decoded = (await models.vae(ref('vae'))).decode(clip, { noise: drawn });
    const video = tensor(tensors, 'video').data;
    let [at, wrong] = [0, 0];
    for await (const frame of decoded.read()) {
      for (const byte of frame) {
        const difference = Math.abs(byte - video[at++]!);
        if (difference > 1) wrong += 1;
      }
    }
    expect(at).toBe(video.length);
    expect(wrong / at).toBeLessThanOrEqual(0.001);
  },
);

test('a clip decodes to the same pictures each time, with noise that follows from the clip', async () => {
  const vae = await models.vae(models.reference('later', 'vae'));
  const noise = { kind: 'latent', space: vae.card.latent.space, shape: [8, 2, 1, 1] } as const;
  const pictures = async (data: Float32Array, own?: NoiseSource) => {
    const hash = createHash('sha256');
    for await (const frame of vae.decode({ ...noise, data }, own ? { noise: own } : {}).read()) hash.update(frame);
    return hash.digest('hex');
  };
  const data = torchNoise(3).normal(16);
  expect(await pictures(data)).toBe(await pictures(data.slice()));
  expect(await pictures(data, torchNoise(4))).not.toBe(await pictures(data));
});

test('how a folder wants its latents decoded is part of what its VAE is', async () => {
  const [usual, asked] = ['later', 'asked'].map((model) => models.reference(model, 'vae'));
  expect(asked!.digest).not.toBe(usual!.digest);
  expect(models.reference('asked', 'denoiser').digest).toBe(models.reference('later', 'denoiser').digest);
  const vae = await models.vae(asked!);
  const latent = { kind: 'latent', space: vae.card.latent.space, shape: [8, 1, 1, 1] } as const;
  const data = torchNoise(3).normal(8);
  // Without noise it does not matter which.
  const first = async (noise: NoiseSource) => {
    for await (const frame of vae.decode({ ...latent, data }, { noise }).read()) return frame;
    return undefined;
  };
  expect(await first(torchNoise(1))).toEqual(await first(torchNoise(2)));
});

test('what is wrong with a folder is a sentence on its card', async () => {
  const broken = async (name: string, file: string, change: Record<string, unknown>) => {
    const folder = join(root, 'broken', name);
    await cp(join(root, 'models', 'later'), folder, { recursive: true });
    const config = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, file), JSON.stringify({ ...config, ...change }));
    const catalog = await scanModels({ modelFolders: [folder], dataFolder: root });
    return catalog.get(name)?.card;
  };
  const says = async (...about: Parameters<typeof broken>) => (await broken(...about))?.broken;
  expect(await says('wide', 'transformer/config.json', { num_layers: 3 })).toMatch(/transformer_blocks\.2.*missing/);
  expect(await says('gelu', 'transformer/config.json', { activation_fn: 'geglu' })).toMatch(
    /"activation_fn" does not fit/,
  );
  expect(await says('deep', 'vae/config.json', { decoder_layers_per_block: [2, 1, 1, 1] })).toMatch(
    /resnets\.1.*missing/,
  );
  expect(await says('short', 'vae/config.json', { temporal_compression_ratio: 4 })).toMatch(/lengthens clips/);
  expect(await says('other', 'scheduler/scheduler_config.json', { use_karras_sigmas: true })).toMatch(
    /use_karras_sigmas/,
  );
  const random = await broken('random', 'scheduler/scheduler_config.json', { stochastic_sampling: true });
  expect(random).toMatchObject({ defaults: { sampler: 'lcm' } });
});
