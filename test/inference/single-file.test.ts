import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../server/inference/checkpoint';
import { configOf, openSingleFile, prefixesIn } from '../../server/inference/families/shared/single-file';
import { textEncoderConfig } from '../../server/inference/families/shared/t5-config';
import { inferTransformer } from '../../server/inference/families/wan/infer-config';
import { inferVae } from '../../server/inference/families/wan/infer-vae-config';
import { originalOf, oursOf } from '../../server/inference/families/wan/original-names';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from '../../server/inference/families/wan/pipeline';
import { wanFiles } from '../../server/inference/families/wan/single-file';
import { transformerConfig, transformerShapes } from '../../server/inference/families/wan/transformer-config';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import { openSafetensors } from '../../server/inference/safetensors';
import { originalDenoiserName, originalVaeName, resave } from './original-layout';
import { folders, parityFolder } from './parity-files';

let root = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-single-')));
});
afterAll(() => rm(root, { recursive: true }));

const sorted = ({ tensors }: Checkpoint) => [...tensors.keys()].sort();
/** Without the keys that say "none". */
const given = (config: object) => Object.fromEntries(Object.entries(config).filter(([, value]) => value != null));
const vaeLayers = { 'wan21-t2v': { layers: 3, residual: false }, 'wan22-ti2v': { layers: 2, residual: true } };
const at = (folder: string, part: string) => join(parityFolder, folder, part);

describe.each(folders)('%s as single files with original names', (folder) => {
  test('the denoiser has the same tensors, and its shapes tell its configuration but for the heads', async () => {
    const { config, checkpoint } = await openTransformerFiles(at(folder, 'transformer'));
    const file = join(root, folder, 'denoiser.safetensors');
    const prefix = 'model.diffusion_model.';
    const { num_attention_heads, attention_head_dim } = config;
    const metadata = { config: JSON.stringify({ transformer: { num_attention_heads, attention_head_dim } }) };
    await resave(checkpoint, file, { name: originalDenoiserName, prefix, metadata });
    expect([...prefixesIn(wanFiles, (await openSafetensors(file)).tensors)]).toEqual([['denoiser', prefix]]);
    const single = { file, part: 'denoiser' } as const;
    expect(transformerConfig.parse(await configOf(wanFiles, single))).toMatchObject(given(config));
    expect(sorted(await openSingleFile(wanFiles, single))).toEqual(sorted(checkpoint));
  });

  test('the VAE has the same tensors, and its shapes tell its configuration but for the statistics', async () => {
    const { config, checkpoint } = await openVaeFiles(at(folder, 'vae'));
    const file = join(root, folder, 'vae.safetensors');
    const { latents_mean, latents_std } = config;
    const metadata = { config: JSON.stringify({ vae: { latents_mean, latents_std } }) };
    await resave(checkpoint, file, { name: (name) => originalVaeName(name, vaeLayers[folder]), metadata });
    expect([...prefixesIn(wanFiles, (await openSafetensors(file)).tensors)]).toEqual([['vae', '']]);
    const single = { file, part: 'vae' } as const;
    expect(sorted(await openSingleFile(wanFiles, single))).toEqual(sorted(checkpoint));
    const base = config.decoder_base_dim ?? config.base_dim;
    const expected = { ...config, decoder_base_dim: base, patch_size: config.patch_size ?? null };
    expect(vaeConfig.parse(await configOf(wanFiles, single))).toEqual(expected);
  });

  test('the text encoder tells everything itself', async () => {
    const { config, checkpoint } = await openTextEncoderFiles(at(folder, 'text_encoder'));
    const file = join(root, folder, 'text.safetensors');
    await resave(checkpoint, file, { prefix: 'text_encoders.umt5xxl.transformer.' });
    expect(textEncoderConfig.parse(await configOf(wanFiles, { file, part: 'text-encoder' }))).toEqual(config);
  });
});

test('shapes of the published models give their published configurations', () => {
  for (const [width, heads, layers, ffn, channels] of [
    [1536, 12, 30, 8960, 16],
    [5120, 40, 40, 13824, 16],
    [3072, 24, 30, 14336, 48],
  ] as const) {
    const published = transformerConfig.parse({
      _class_name: 'WanTransformer3DModel',
      num_attention_heads: heads,
      num_layers: layers,
      ffn_dim: ffn,
      in_channels: channels,
      out_channels: channels,
    });
    const shapes = new Map([...transformerShapes(published)].map(([name, shape]) => [name, { shape }]));
    expect(shapes.get('patch_embedding.weight')?.shape[0]).toBe(width);
    expect(transformerConfig.parse(inferTransformer(shapes))).toMatchObject(given(published));
  }
  const wan22 = vaeConfig.parse({
    ...inferVae(new Map([['post_quant_conv.weight', { shape: [48, 48, 1, 1, 1] }]])),
    dim_mult: [1, 2, 4, 4],
    base_dim: 160,
    in_channels: 12,
    out_channels: 12,
    patch_size: 2,
    num_res_blocks: 2,
    decoder_base_dim: 256,
    temperal_downsample: [false, true, true],
  });
  expect([wan22.latents_mean.length, wan22.latents_std[47]]).toEqual([48, 0.7744]);
});

test('names go both ways, with norm2 and norm3 swapped, and strangers have none', () => {
  expect(oursOf('blocks.3.norm3.weight')).toBe('blocks.3.norm2.weight');
  expect(oursOf('blocks.0.cross_attn.k_img.bias')).toBe('blocks.0.attn2.add_k_proj.bias');
  expect(originalOf('blocks.11.attn2.to_out.0.lora_A.weight')).toBe('blocks.11.cross_attn.o.lora_A.weight');
  expect(oursOf('vace_blocks.0.before_proj.weight')).toBeNull();
  for (const name of transformerShapes(
    transformerConfig.parse({ _class_name: 'WanTransformer3DModel', num_layers: 2 }),
  ).keys())
    expect(oursOf(originalOf(name) ?? '')).toBe(name);
});
