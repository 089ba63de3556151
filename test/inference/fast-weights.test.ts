import { createHash } from 'node:crypto';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ModelValue } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { Checkpoint } from '../../server/inference/checkpoint';
import { OpenModels } from '../../server/inference/door';
import { fastNetwork } from '../../server/inference/families/wan/fast';
import { openTransformerFiles } from '../../server/inference/families/wan/pipeline';
import { fastFacts, fastFolder, makeRoom, removeFast } from '../../server/inference/fast-places';
import { type FastNetwork, fastCheckpoint } from '../../server/inference/fast-weights';
import { readTensor } from '../../server/inference/safetensors';
import type { TensorToWrite } from '../../server/inference/safetensors-write';
import { withScales } from '../../server/inference/scales';
import { cpu } from '../../server/inference/session';
import { writeLora } from './lora-files';
import { parityFolder, relative } from './parity-files';
import { fp8, narrow, store } from './store-weights';

const gosling = join(import.meta.dirname, '../../models/gosling');
const digest = 'a'.repeat(64);
let dataFolder = '';
beforeEach(async () => {
  dataFolder = await realpath(await mkdtemp(join(tmpdir(), 'skein-fast-')));
});
afterEach(() => rm(dataFolder, { recursive: true }));

const network = async (model: string): Promise<FastNetwork> =>
  fastNetwork({ name: 'transformer', ...(await openTransformerFiles(join(model, 'transformer'))) });
const home = () => ({ dataFolder, digest });
const folder = () => fastFolder(dataFolder, digest);
const weightsIn = async () => {
  const names = await readdir(folder());
  return join(folder(), names.find((name) => name.endsWith('.safetensors'))!);
};
/** Of each weight in eight bits, with its factors: what they are, in short. */
const bytesOf = async (checkpoint: Checkpoint): Promise<string[]> => {
  const found = [...checkpoint.tensors.values()].flatMap(({ int8 }) => int8 ?? []);
  return Promise.all(
    found.map(async ({ values, scales }) => {
      const hash = createHash('sha256');
      for (const tensor of [values, scales]) hash.update(new Uint8Array((await readTensor(tensor)).buffer));
      return hash.digest('hex');
    }),
  );
};

test('made once, measured once, and found again; the exact weights stay beside', async () => {
  const gosl = await network(gosling);
  const sample = vi.spyOn(gosl, 'sample');
  const made = await fastCheckpoint(home(), gosl);
  expect(sample).toHaveBeenCalledTimes(2);
  const { mtimeMs } = await stat(await weightsIn());
  const again = await fastCheckpoint(home(), gosl);
  expect(sample).toHaveBeenCalledTimes(2);
  expect((await stat(await weightsIn())).mtimeMs).toBe(mtimeMs);
  expect(await bytesOf(again)).toEqual(await bytesOf(made));
  for (const [name, { int8, ...stored }] of made.tensors) {
    expect(stored).toEqual(gosl.checkpoint.get(name));
    expect(int8 !== undefined).toBe(
      /attn1\.to_|attn2\.to_(q|out)|ffn\.net\.(0\.proj|2)/.test(name) && name.endsWith('.weight'),
    );
  }
  const facts = await fastFacts(dataFolder, digest);
  expect(facts?.bytes).toBe((await stat(await weightsIn())).size);
  // Rounding is there, and is small.
  expect(facts?.error).toBeGreaterThan(0.002);
  expect(facts?.error).toBeLessThan(0.02);
});

test('whatever a kill or a bad disk leaves behind is made anew', async () => {
  const gosl = await network(gosling);
  const whole = await bytesOf(await fastCheckpoint(home(), gosl));
  const path = await weightsIn();
  const note = path.replace('safetensors', 'json');
  for (const harm of [
    // Killed between the weights and what is measured of them.
    () => rm(note),
    // Half of a file, and half of a note.
    () => truncate(path, 1000),
    async () => writeFile(note, (await readFile(note, 'utf8')).slice(0, 20)),
    // Another file in its place, of the same size.
    async () => writeFile(path, new Uint8Array((await stat(path)).size)),
    // Killed while writing.
    async () => {
      await rm(path);
      await writeFile(`${path}.1-0.tmp`, 'half');
    },
  ]) {
    await harm();
    expect(await bytesOf(await fastCheckpoint(home(), gosl))).toEqual(whole);
    expect(await fastFacts(dataFolder, digest)).toBeDefined();
  }
});

test('the same numbers stored in fp16, bf16 or fp8 with scales give the same eight bits', async () => {
  const { config, checkpoint } = await openTransformerFiles(join(parityFolder, 'wan21-t2v/transformer'));
  // Numbers that every type can hold: fp8 is the coarsest.
  const numbers = new Map<string, Float32Array>();
  for (const [name, stored] of checkpoint.tensors) numbers.set(name, fp8(await readTensor(stored)).widened);
  const written = async (how: (data: Float32Array, name: string) => Record<string, TensorToWrite['data']>) => {
    const all: Record<string, TensorToWrite> = {};
    for (const [name, data] of numbers) {
      const { shape } = checkpoint.get(name);
      for (const [key, stored] of Object.entries(how(data, name))) {
        all[key] = { shape: key === name ? shape : [1], data: stored };
      }
    }
    const made = new Checkpoint('', withScales(await store(all)), [{ path: '', bytes: 1 }]);
    const about = {
      ...fastNetwork({ name: 'transformer', config, checkpoint: made }),
      sample: async () => Float32Array.of(1),
    };
    const fast = await fastCheckpoint({ dataFolder, digest: String(Math.random()).padEnd(64) }, about);
    return bytesOf(fast);
  };
  const exact = await written((data, name) => ({ [name]: data }));
  expect(exact.length).toBeGreaterThan(0);
  expect(await written((data, name) => ({ [name]: narrow(data, 'BF16') }))).toEqual(exact);
  expect(await written((data, name) => ({ [name]: narrow(data, 'F16') }))).toEqual(exact);
  const scaled = await written((data, name) =>
    name.endsWith('.weight') && checkpoint.get(name).shape.length === 2
      ? {
          [name]: narrow(
            data.map((x) => 2 * x),
            'F8_E4M3',
          ),
          [name.replace(/weight$/, 'scale_weight')]: Float32Array.of(0.5),
        }
      : { [name]: data },
  );
  expect(scaled).toEqual(exact);
});

test('what was unused for longest gives way; nothing else is ever touched', async () => {
  vi.stubEnv('SKEIN_FAST_BYTES', '2500');
  const add = async (name: string, age: number) => {
    const at = join(dataFolder, 'fast', name);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'transformer-127.safetensors'), new Uint8Array(1000));
    const then = new Date(Date.now() - age);
    await utimes(join(at, 'transformer-127.safetensors'), then, then);
    return at;
  };
  const old = await add('old', 3e6);
  const kept = await add('kept', 9e6);
  await add('young', 1e6);
  await writeFile(join(kept, 'x.tmp'), '');
  await writeFile(join(dataFolder, 'other'), 'x');
  await makeRoom(dataFolder, 500, kept);
  expect((await readdir(join(dataFolder, 'fast'))).sort()).toEqual(['kept', 'young']);
  await makeRoom(dataFolder, 5000, kept);
  expect(await readdir(join(dataFolder, 'fast'))).toEqual(['kept']);
  expect(await removeFast(dataFolder)).toBe(1000);
  expect(await readdir(dataFolder)).toEqual(expect.arrayContaining(['other']));
  await expect(stat(old)).rejects.toThrow();
  vi.unstubAllEnvs();
});

test('through the door: fast is close to exact, both are kept apart, LoRAs are as strong as ever', async () => {
  await cp(join(parityFolder, 'wan21-t2v'), join(dataFolder, 'models/wan'), { recursive: true });
  await cp(join(parityFolder, 'ltx/later'), join(dataFolder, 'models/ltx'), { recursive: true });
  const { checkpoint } = await openTransformerFiles(join(dataFolder, 'models/wan/transformer'));
  await mkdir(join(dataFolder, 'models/loras'));
  const recipe = { rank: 4, alpha: 4, seed: 1.3, full: true };
  await writeLora(join(dataFolder, 'models/loras/ink.safetensors'), checkpoint, { recipe, dialect: 'kohya' });
  const places = { modelFolders: [join(dataFolder, 'models')], dataFolder };
  const door = new OpenModels({ catalog: await scanModels(places), device: cpu, dataFolder });
  const velocity = async (model: string, about: { precision?: 'fast'; lora?: string } = {}) => {
    const text = await (await door.textEncoder(door.reference(model, 'text-encoder'))).encode('a red fox', 16);
    const { lora, ...precision } = about;
    const use = lora && { lora, digest: door.lora(lora), strength: 1, partial: false, network: 'all' as const };
    const ref = { ...door.reference(model, 'denoiser'), ...precision, ...(use ? { loras: [use] } : {}) };
    const denoiser = await door.denoiser(ref);
    const { channels } = denoiser.card.latent;
    const latent = Float32Array.from({ length: channels * 3 * 64 }, (_, i) => Math.sin(0.7 * i));
    return denoiser.predict({ latent, shape: [channels, 3, 8, 8], timesteps: 700, text });
  };
  for (const model of ['wan', 'ltx']) {
    const exact = await velocity(model);
    const fast = await velocity(model, { precision: 'fast' });
    expect(relative(fast, exact)).toBeGreaterThan(1e-5);
    expect(relative(fast, exact)).toBeLessThan(0.03);
    expect(await velocity(model)).toEqual(exact);
    const ref = { ...door.reference(model, 'denoiser'), precision: 'fast' as const };
    expect(await door.placeOf(ref)).toMatch(/^denoiser on cpu in eight bits \(error \d\.\d %\)$/);
  }
  const changed = await velocity('wan', { lora: 'ink' });
  expect(relative(changed, await velocity('wan'))).toBeGreaterThan(0.1);
  expect(relative(await velocity('wan', { lora: 'ink', precision: 'fast' }), changed)).toBeLessThan(0.03);
  const [first] = (await scanModels(places)).values();
  expect(first?.card.fast?.denoiser?.error).toBeGreaterThan(0);
  expect(first?.card.fast?.['text-encoder']).toBeUndefined();
  await door.release();
});

test('text encoders of both families read prompts in eight bits, apart from what they read exactly', async () => {
  const models = { wan: 'wan21-t2v', ltx: 'ltx/later' };
  for (const [name, from] of Object.entries(models))
    await cp(join(parityFolder, from), join(dataFolder, 'models', name), { recursive: true });
  const places = { modelFolders: [join(dataFolder, 'models')], dataFolder };
  const door = new OpenModels({ catalog: await scanModels(places), device: cpu, dataFolder });
  const read = async (ref: ModelValue) => (await (await door.textEncoder(ref)).encode('a red fox', 16)).states;
  for (const model of Object.keys(models)) {
    const ref = door.reference(model, 'text-encoder');
    const fast = { ...ref, precision: 'fast' as const };
    const exact = await read(ref);
    const found = relative(await read(fast), exact);
    expect(found).toBeGreaterThan(1e-5);
    expect(found).toBeLessThan(0.06);
    expect(await read(ref)).toEqual(exact);
    expect(await door.placeOf(fast)).toMatch(/^text encoder on cpu in eight bits \(error \d\.\d %\)$/);
    // Weights of a denoiser that went fast would lie under its digest, which says nothing of this part.
    const { card } = (await scanModels(places)).get(model)!;
    expect(card.fast?.['text-encoder']?.error).toBeGreaterThan(0);
    expect(card.fast?.denoiser).toBeUndefined();
  }
  await door.release();
});

test('fp16 is refused on a CPU', async () => {
  const modelFolders = [gosling, join(parityFolder, 'ltx/later')];
  const door = new OpenModels({ catalog: await scanModels({ modelFolders, dataFolder }), device: cpu, dataFolder });
  const denoiser = { ...door.reference('gosling', 'denoiser'), precision: 'half' } as const;
  await expect(door.denoiser(denoiser)).rejects.toThrow(/fp16 is for graphics cards, and the denoiser of Gosling/);
  const words = { ...door.reference('later', 'text-encoder'), precision: 'half' } as const;
  await expect(door.textEncoder(words)).rejects.toThrow(/and the text encoder of later is to compute on the CPU/);
});

test('where something else computes, the fast mode is refused by name', async () => {
  const places = { modelFolders: [gosling], dataFolder };
  const device = { name: 'webgpu', attention: 'fused' } as const;
  const door = new OpenModels({ catalog: await scanModels(places), device, dataFolder });
  const ref = { ...door.reference('gosling', 'denoiser'), precision: 'fast' as const };
  await expect(door.denoiser(ref)).rejects.toThrow(/is for a CPU, and this machine computes on webgpu\. Choose/);
  const words = { ...door.reference('gosling', 'text-encoder'), precision: 'fast' as const };
  await expect(door.textEncoder(words)).rejects.toThrow(
    /text encoder of gosling .* Choose the device cpu for the text enc/,
  );
  // The part may go to the CPU all the same.
  const denoiser = await door.denoiser({ ...ref, device: 'cpu' });
  expect(denoiser.card.id).toBe('gosling');
  await door.release();
});

test.each([
  ['wan21-flf2v', ['transformer']],
  ['wan21-i2v-clip', ['transformer']],
  ['wan22-t2v-a14b', ['transformer', 'transformer_2']],
] as const)('%s: networks that see pictures, and both of a pair', async (model, names) => {
  for (const name of names) {
    const files = await openTransformerFiles(join(parityFolder, 'wan-variants', model, name));
    await fastCheckpoint(home(), fastNetwork({ name, ...files }));
  }
  expect((await readdir(folder())).filter((name) => name.endsWith('.json')).length).toBe(names.length);
  const facts = await fastFacts(dataFolder, digest);
  expect(facts?.error).toBeGreaterThan(0.002);
  expect(facts?.error).toBeLessThan(0.03);
});
