import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LoraUse, ModelValue } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { Checkpoint } from '../../server/inference/checkpoint';
import { OpenModels } from '../../server/inference/door';
import { wanLoraSpelling } from '../../server/inference/families/wan/lora-names';
import { openTransformerFiles } from '../../server/inference/families/wan/pipeline';
import { WanTransformer } from '../../server/inference/families/wan/transformer';
import type { TransformerConfig } from '../../server/inference/families/wan/transformer-config';
import { openLora, withLoras } from '../../server/inference/lora';
import { openSafetensors } from '../../server/inference/safetensors';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { cpu, Session } from '../../server/inference/session';
import { dialects, mergedWeights, type Recipe, writeLora } from './lora-files';
import { conditioning, parityFolder, readTensors, relative, tensor } from './parity-files';

let root = '';
let config: TransformerConfig;
let base: Checkpoint;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-lora-')));
  ({ config, checkpoint: base } = await openTransformerFiles(join(parityFolder, 'wan21-t2v/transformer')));
});
afterAll(() => rm(root, { recursive: true }));

const tensors = readTensors('t2v-euler6.safetensors');
const velocity = (transformer: WanTransformer, loraStrengths: number[]) => {
  const noise = tensor(tensors, 'noise');
  const [c = 0, t = 0, h = 0, w = 0] = noise.shape;
  const text = conditioning(tensor(tensors, 'prompt_embeds'), 64);
  return transformer.predict({ latent: noise.data, shape: [c, t, h, w], timesteps: 900, text, loraStrengths });
};

/** What the network says when its weights are those of the merged file. */
async function merged(loras: { recipe: Recipe; strength: number }[]): Promise<Float32Array> {
  const path = join(root, 'merged.safetensors');
  await writeFile(path, encodeSafetensors(await mergedWeights(base, loras)));
  const file = await openSafetensors(path);
  const transformer = new WanTransformer(config, new Checkpoint(root, file.tensors, [file]), cpu);
  const found = await velocity(transformer, []);
  await transformer.release();
  return found;
}

const style: Recipe = { rank: 4, alpha: 2, seed: 1.3 };
const fast: Recipe = { rank: 3, seed: 4.1, full: true, half: true };

describe.each(dialects)('%s', (dialect) => {
  test('two LoRAs at once equal merged weights, at any strength, in the same sessions', async () => {
    const files = [];
    for (const [name, recipe] of Object.entries({ style, fast })) {
      const path = join(root, `${dialect}-${name}.safetensors`);
      await writeLora(path, base, { recipe, dialect });
      files.push({ file: await openLora(path, wanLoraSpelling), partial: false });
    }
    expect(files.flatMap(({ file }) => file.unknown)).toEqual([]);
    const transformer = new WanTransformer(config, await withLoras(base, files), cpu);
    const opened = vi.spyOn(Session, 'open');
    const errors: number[] = [];
    for (const [a, b] of [
      [1, 0.5],
      [-0.4, 0],
      [0, 1.2],
    ] as const) {
      const found = await velocity(transformer, [a, b]);
      const expected = await merged([
        { recipe: style, strength: a },
        { recipe: fast, strength: b },
      ]);
      errors.push(relative(found, expected));
    }
    const ofLoras = opened.mock.calls.filter(([, model]) => model.folder === '/' || !model.folder?.endsWith(root));
    await transformer.release();
    opened.mockRestore();
    // Blocks, time and text: each once, for three pairs of strengths.
    expect(ofLoras.length).toBe(3);
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    if (process.env['SKEIN_SAY']) console.log(dialect, errors);
  });
});

test('at strength 0 the network is itself, and a LoRA changes it', async () => {
  const path = join(root, 'zero.safetensors');
  await writeLora(path, base, { recipe: style, dialect: 'original' });
  const file = await openLora(path, wanLoraSpelling);
  const transformer = new WanTransformer(config, await withLoras(base, [{ file, partial: false }]), cpu);
  const plain = new WanTransformer(config, base, cpu);
  const own = await velocity(plain, []);
  expect(relative(await velocity(transformer, [0]), own)).toBeLessThan(1e-6);
  expect(relative(await velocity(transformer, [1]), own)).toBeGreaterThan(0.05);
  await transformer.release();
  await plain.release();
});

describe('through the door', () => {
  let library = '';
  let dataFolder = '';
  beforeAll(async () => {
    [library, dataFolder] = [join(root, 'library'), join(root, 'data')];
    await cp(join(parityFolder, 'wan21-t2v'), join(library, 'wan'), { recursive: true });
    await mkdir(join(library, 'loras/styles'), { recursive: true });
    await writeLora(join(library, 'loras/styles/Ink Wash.safetensors'), base, { recipe: style, dialect: 'kohya' });
    await writeLora(join(library, 'loras/fast.safetensors'), base, { recipe: fast, dialect: 'peft' });
    await writeFile(join(library, 'loras/broken.safetensors'), '{"no": "header"}');
  });
  const scan = () => scanModels({ modelFolders: [library], dataFolder });
  const use = (door: OpenModels, lora: string, strength: number): LoraUse => ({
    lora,
    digest: door.lora(lora),
    strength,
    partial: false,
    network: 'all',
  });
  const say = async (door: OpenModels, ref: ModelValue) => {
    const noise = tensor(tensors, 'noise');
    const [c = 0, t = 0, h = 0, w = 0] = noise.shape;
    const text = conditioning(tensor(tensors, 'prompt_embeds'), 64);
    const denoiser = await door.denoiser(ref);
    return denoiser.predict({ latent: noise.data, shape: [c, t, h, w], timesteps: 900, text });
  };

  test('LoRAs have cards, and a reference that carries them changes the denoiser', async () => {
    const catalog = await scan();
    expect([...catalog.keys()].sort()).toEqual(['broken', 'fast', 'ink-wash', 'wan']);
    expect(catalog.get('ink-wash')?.card).toMatchObject({
      family: 'wan',
      lora: { rank: 4, unknown: 0, width: 48 },
      parts: {},
    });
    expect(catalog.get('broken')?.card.broken).toMatch(/This is a JSON text/);
    const door = new OpenModels({ catalog, device: cpu, dataFolder });
    expect(() => door.lora('wan')).toThrow(/whole model/);
    const ref = door.reference('wan', 'denoiser');
    for (const [a, b] of [
      [1, 0.5],
      [0.2, -1],
    ] as const) {
      const expected = await merged([
        { recipe: style, strength: a },
        { recipe: fast, strength: b },
      ]);
      const opened = vi.spyOn(Session, 'open');
      const found = await say(door, { ...ref, loras: [use(door, 'ink-wash', a), use(door, 'fast', b)] });
      expect(opened).toHaveBeenCalledTimes(a === 1 ? 3 : 0);
      opened.mockRestore();
      expect(relative(found, expected)).toBeLessThan(1e-4);
    }
    await door.release();
  });

  test('a file that is no longer what the run was planned with is refused', async () => {
    const door = new OpenModels({ catalog: await scan(), device: cpu, dataFolder });
    const ref = { ...door.reference('wan', 'denoiser'), loras: [use(door, 'fast', 1)] };
    await writeLora(join(library, 'loras/fast.safetensors'), base, { recipe: style, dialect: 'peft' });
    await expect(say(door, ref)).rejects.toThrow(/MODEL_DIGEST_MISMATCH: .*fast\.safetensors.*verify fast --accept/);
    await door.release();
  });
});

describe('what does not fit is named', () => {
  const more = {
    'lora_te_text_model_0.lora_down.weight': { shape: [1, 2], data: Float32Array.of(1, 2) },
    'diffusion_model.blocks.0.self_attn.q.dora_scale': { shape: [1], data: Float32Array.of(1) },
    'diffusion_model.blocks.0.cross_attn.k_img.diff_b': { shape: [1], data: Float32Array.of(1) },
  };

  test('unknown keys refuse the LoRA, and may be left out', async () => {
    const path = join(root, 'more.safetensors');
    await writeLora(path, base, { recipe: style, dialect: 'original', more });
    const file = await openLora(path, wanLoraSpelling);
    expect([...file.unknown].sort()).toEqual([
      'diffusion_model.blocks.0.self_attn.q.dora_scale',
      'lora_te_text_model_0.lora_down.weight',
    ]);
    await expect(withLoras(base, [{ file, partial: false }])).rejects.toThrow(
      /more\.safetensors: 3 of its tensors fit nothing in this model \(".*dora_scale".*leave-out/,
    );
    const partial = await withLoras(base, [{ file, partial: true }]);
    expect(partial.get('blocks.0.attn1.to_q.weight').deltas?.length).toBe(1);
  });

  test('half of a pair is not used', async () => {
    const path = join(root, 'half.safetensors');
    const key = 'diffusion_model.blocks.0.self_attn.q.lora_down.weight';
    await writeFile(path, encodeSafetensors({ [key]: { shape: [1, 48], data: new Float32Array(48) } }));
    const { adapters, unknown } = await openLora(path, wanLoraSpelling);
    expect([adapters.size, unknown]).toEqual([0, [key]]);
  });

  test('a LoRA for a network of another size', async () => {
    const path = join(root, 'size.safetensors');
    const { checkpoint } = await openTransformerFiles(join(parityFolder, 'wan22-ti2v/transformer'));
    await writeLora(path, checkpoint, { recipe: style, dialect: 'peft' });
    const file = await openLora(path, wanLoraSpelling);
    await expect(withLoras(base, [{ file, partial: true }])).rejects.toThrow(
      /made for a model of another size\. Use a LoRA for this model/,
    );
  });
});
