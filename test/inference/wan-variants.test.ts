import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine, StepState } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { Value } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { torchNoise } from '../../server/inference/noise';
import { cpu } from '../../server/inference/session';
import { sha256 } from '../../server/inference/sha256';
import { noMedia } from './no-media';
import { absolute, readTensors, step, tensor } from './parity-files';
import { picture } from './picture';
import { variantFolders, variantsFolder } from './variant-folders';

interface VariantCase {
  id: string;
  folder: string;
  height: number;
  width: number;
  first?: string;
  last?: string;
  steps: number;
  guidance_scale: number;
  guidance_scale_2?: number;
  seed: number;
  prompt: string;
  negative_prompt: string;
  num_frames: number;
  max_sequence_length: number;
  timesteps: number[];
  noise_sha256: string;
}
// The fixtures' own schema; a wrong one shows at once.
const { cases } = JSON.parse(readFileSync(join(variantsFolder, 'cases.json'), 'utf8')) as { cases: VariantCase[] };

let place = '';
let models: OpenModels;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'skein-variants-'));
  const folder = await variantFolders(join(place, 'models'));
  const catalog = await scanModels({ modelFolders: [folder], dataFolder: place });
  models = new OpenModels({ catalog, device: cpu, dataFolder: place });
});
afterAll(async () => {
  await models.release();
  await rm(place, { recursive: true });
});

type Saved = { index: number; state: StepState };

/** The real doors, a list of all that was saved, and where to go on from. */
function machine(door: OpenModels, from: Saved | null = null): { ctx: Machine; saved: Saved[] } {
  const saved: Saved[] = [];
  const ctx: Machine = {
    signal: new AbortController().signal,
    progress: async () => undefined,
    step: async ({ index, state }) => {
      saved.push({ index, state: structuredClone(state) });
    },
    resume: async () => structuredClone(from),
    noise: torchNoise,
    sha256,
    models: door,
    media: noMedia,
  };
  return { ctx, saved };
}

async function run(type: string, job: { inputs: Record<string, Value | undefined>; params?: object; ctx: Machine }) {
  const node = registry[type]!;
  return node.run({ inputs: job.inputs, params: node.params.parse(job.params ?? {}), ctx: job.ctx });
}

/** Everything a case's denoiser is given. */
async function inputsOf(about: VariantCase, ctx: Machine): Promise<Record<string, Value | undefined>> {
  const ref = (part: Parameters<typeof models.reference>[1]) => models.reference(about.folder, part);
  const [model, vae] = [ref('denoiser'), ref('vae')];
  const { noise } = await run('noise-seed', {
    inputs: { model },
    params: { seed: about.seed, width: about.width, height: about.height, frames: about.num_frames },
    ctx,
  });
  const text = { kind: 'text', text: about.prompt } as const;
  const negative = { kind: 'text', text: about.negative_prompt } as const;
  const encoded = await run('text-encoder', {
    inputs: { model: ref('text-encoder'), prompt: text, negative },
    params: { length: about.max_sequence_length },
    ctx,
  });
  let pins: Value | undefined;
  for (const position of ['first', 'last'] as const) {
    const file = about[position];
    if (!file) continue;
    const inputs = { model: vae, noise, frames: await picture(join(variantsFolder, file)), pins };
    pins = (await run('frame-conditioner', { inputs, params: { position }, ctx }))['frames'];
  }
  return { model, noise, ...encoded, frames: pins };
}

const paramsOf = (about: VariantCase) => ({
  steps: about.steps,
  guidance: about.guidance_scale,
  guidanceLow: about.guidance_scale_2 ?? null,
});

test.each(cases.map((about) => [about.id, about] as const))('%s: as diffusers', async (_, about) => {
  const tensors = readTensors(`wan-variants/${about.id}.safetensors`);
  const { ctx, saved } = machine(models);
  const inputs = await inputsOf(about, ctx);
  const { noise } = inputs;
  if (noise?.kind !== 'latent') throw new Error('no noise');
  expect(createHash('sha256').update(noise.data).digest('hex')).toBe(about.noise_sha256);

  const { clip } = await run('denoiser', { inputs, params: paramsOf(about), ctx });
  const reference = tensor(tensors, 'latents');
  const errors = saved.map(({ state }, i) => absolute(state.arrays['x']!, step(reference, i)));
  expect(errors.length).toBe(about.steps);
  if (process.env['SKEIN_ERRORS']) console.log(about.id, errors);
  for (const error of errors) expect(error).toBeLessThan(1e-3);

  const vae = models.reference(about.folder, 'vae');
  const { frames } = await run('vae-decoder', { inputs: { model: vae, clip }, ctx });
  if (frames?.kind !== 'frames') throw new Error('no frames');
  const video = tensor(tensors, 'video').data;
  let [at, off] = [0, 0];
  for await (const frame of frames.read()) {
    for (const byte of frame) if (Math.abs(byte - Math.round(255 * video[at++]!)) > 1) off += 1;
  }
  expect(at).toBe(video.length);
  if (process.env['SKEIN_ERRORS']) console.log(about.id, 'bytes off', off, at);
  expect(off / at).toBeLessThanOrEqual(0.001);
});

test('a run killed anywhere round the change of networks goes on to the very same bits, in a process that has none open', async () => {
  const about = cases.find(({ id }) => id === 't2v-a14b')!;
  const whole = machine(models);
  const inputs = await inputsOf(about, whole.ctx);
  const job = { inputs, params: paramsOf(about) };
  const { clip } = await run('denoiser', { ...job, ctx: whole.ctx });
  if (clip?.kind !== 'latent') throw new Error('no clip');
  const change = about.timesteps.findIndex((timestep) => timestep < 875);
  for (const last of [change - 2, change - 1, change]) {
    const catalog = await scanModels({ modelFolders: [join(place, 'models')], dataFolder: place });
    const door = new OpenModels({ catalog, device: cpu, dataFolder: place });
    const { ctx, saved } = machine(door, whole.saved[last]!);
    const { clip: resumed } = await run('denoiser', { ...job, ctx });
    if (resumed?.kind !== 'latent') throw new Error('no clip');
    expect(saved[0]?.index).toBe(last + 1);
    expect(Buffer.from(resumed.data.buffer).equals(Buffer.from(clip.data.buffer))).toBe(true);
    await door.release();
  }
});

test('cards say what a variant can hold and what it cannot do without', () => {
  const card = (model: string) => models.card(models.reference(model, 'denoiser'));
  const about = (model: string) => {
    const { pins, pinsBy, mustHold, experts } = card(model);
    return { pins, pinsBy, mustHold, experts };
  };
  expect(about('wan21-i2v-clip')).toEqual({ pins: 'first', pinsBy: 'channels', mustHold: 'first' });
  expect(about('wan21-flf2v')).toEqual({ pins: 'first-last', pinsBy: 'channels', mustHold: 'first-last' });
  expect(about('wan22-i2v-a14b')).toEqual({
    pins: 'first-last',
    pinsBy: 'channels',
    mustHold: 'first',
    experts: { boundary: 0.9 },
  });
  expect(about('wan22-t2v-a14b')).toEqual({ pins: 'none', experts: { boundary: 0.875 } });
  expect(card('wan22-t2v-a14b').defaults).toMatchObject({ guidance: 4, guidanceLow: 3, steps: 40 });
});

test('the second network counts among the files of the denoiser, and so does the VAE that encodes known frames', async () => {
  const folder = await variantFolders(join(place, 'changed'));
  const digest = async () => {
    const catalog = await scanModels({ modelFolders: [folder], dataFolder: join(place, 'other') }, { mode: 'accept' });
    return catalog.get('wan22-i2v-a14b')!.card.parts.denoiser!.digest;
  };
  const before = await digest();
  for (const file of ['transformer_2/config.json', 'vae/config.json']) {
    await appendFile(join(folder, 'wan22-i2v-a14b', file), '\n');
    expect(await digest()).not.toBe(before);
  }
});

test('a folder of FastWan’s pipeline asks for its three steps by itself', async () => {
  const folder = join(await variantFolders(join(place, 'fast')), 'wan22-t2v-a14b');
  const index = join(folder, 'model_index.json');
  await writeFile(index, (await readFile(index, 'utf8')).replace('"WanPipeline"', '"WanDMDPipeline"'));
  const card = (await scanModels({ modelFolders: [folder], dataFolder: place })).get('wan22-t2v-a14b')!.card;
  expect(card.defaults).toMatchObject({ steps: 3, guidance: 1, sampler: 'lcm', schedule: 'distilled', shift: 5 });
});
