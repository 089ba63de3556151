import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import type { Checkpoint } from '../../server/inference/checkpoint';
import { OpenModels } from '../../server/inference/door';
import { ltxLoraSpelling } from '../../server/inference/families/ltx/lora-names';
import { openTransformerFiles } from '../../server/inference/families/ltx/pipeline';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { cpu } from '../../server/inference/session';
import { mergedWeights, type Recipe, writeLora } from './lora-files';
import { parityFolder, relative } from './parity-files';

let root = '';
let base: Checkpoint;
const recipe: Recipe = { rank: 3, alpha: 1.5, seed: 2.2 };
const strength = 0.7;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-lora-ltx-')));
  const source = join(parityFolder, 'ltx/later');
  await cp(source, join(root, 'plain'), { recursive: true });
  await cp(source, join(root, 'merged'), { recursive: true });
  ({ checkpoint: base } = await openTransformerFiles(join(source, 'transformer')));
  for (const name of await readdir(join(root, 'merged/transformer')))
    if (name !== 'config.json') await rm(join(root, 'merged/transformer', name));
  const weights = encodeSafetensors(await mergedWeights(base, [{ recipe, strength }]));
  await writeFile(join(root, 'merged/transformer/diffusion_pytorch_model.safetensors'), weights);
  await mkdir(join(root, 'loras'));
  for (const dialect of ['peft', 'kohya-ours'] as const)
    await writeLora(join(root, 'loras', `${dialect}.safetensors`), base, { recipe, dialect });
});
afterAll(() => rm(root, { recursive: true }));

test('LoRAs of LTX-Video equal merged weights, and do not fit Wan', async () => {
  const dataFolder = join(root, 'data');
  const catalog = await scanModels({ modelFolders: [root, parityFolder], dataFolder });
  const door = new OpenModels({ catalog, device: cpu, dataFolder });
  const channels = base.get('proj_in.weight').shape[1] ?? 0;
  const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(0.3 * i));
  const velocity = async (model: string, lora?: string) => {
    const text = await (await door.textEncoder(door.reference(model, 'text-encoder'))).encode('a red fox', 16);
    const use = lora && { lora, digest: door.lora(lora), strength, partial: false, network: 'all' as const };
    const denoiser = await door.denoiser({ ...door.reference(model, 'denoiser'), ...(use ? { loras: [use] } : {}) });
    const shape = [channels, 2, 3, 4] as const;
    return denoiser.predict({ latent: wave(channels * 24), shape, timesteps: 700, text });
  };
  const expected = await velocity('merged');
  expect(relative(await velocity('plain'), expected)).toBeGreaterThan(0.01);
  for (const lora of ['peft', 'kohya-ours']) {
    expect(catalog.get(lora)?.card).toMatchObject({ family: 'ltx', lora: { unknown: 0 } });
    expect(relative(await velocity('plain', lora), expected)).toBeLessThan(1e-4);
  }
  await expect(velocity('wan21-t2v', 'peft')).rejects.toThrow(/peft changes models of the family ltx, and wan21-t2v/);
  await door.release();
});

test("ComfyUI's names of LTX modules", () => {
  const spell = ltxLoraSpelling([]);
  const at = 'diffusion_model.transformer_blocks.7';
  expect(spell(`${at}.attn2.q_norm`)).toBe('transformer_blocks.7.attn2.norm_q');
  expect(spell(`${at}.ff.net.0.proj`)).toBe('transformer_blocks.7.ff.net.0.proj');
  expect(spell('diffusion_model.patchify_proj')).toBe('proj_in');
  expect(spell('diffusion_model.adaln_single.emb.timestep_embedder.linear_2')).toBe(
    'time_embed.emb.timestep_embedder.linear_2',
  );
  expect(spell('lora_unet_transformer_blocks_3_attn1_to_out_0')).toBe('transformer_blocks.3.attn1.to_out.0');
  expect(spell(`${at}.audio_attn1.to_q`)).toBeNull();
});
