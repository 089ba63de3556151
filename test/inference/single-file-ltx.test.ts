import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CatalogModel, scanModels } from '../../server/inference/catalog';
import ltxForwards from '../../server/inference/families/ltx/forwards';
import { inferVae } from '../../server/inference/families/ltx/infer-config';
import { denoiserName, vaeNames } from '../../server/inference/families/ltx/original-names';
import { openTransformerFiles, openVaeFiles } from '../../server/inference/families/ltx/pipeline';
import { vaeConfig } from '../../server/inference/families/ltx/vae-config';
import { openSafetensors } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';
import { cpu } from '../../server/inference/session';
import { vaeShapes } from './ltx-vae-fixtures';
import { componentOf, resave } from './original-layout';
import { parityFolder } from './parity-files';

let root = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-ltx-single-')));
});
afterAll(() => rm(root, { recursive: true }));

/** Where the flat lists of Lightricks' files have diffusers' modules, of published VAEs. */
const flat = {
  '0.9.0': {
    up: [
      'mid_block',
      '0',
      '1.upsamplers.0',
      '1',
      '2.conv_in',
      '2.upsamplers.0',
      '2',
      '3.conv_in',
      '3.upsamplers.0',
      '3',
    ],
    down: [
      '0',
      '0.downsamplers.0',
      '0.conv_out',
      '1',
      '1.downsamplers.0',
      '1.conv_out',
      '2',
      '2.downsamplers.0',
      '3',
      'mid_block',
    ],
  },
  '0.9.1': {
    up: ['mid_block', '0.upsamplers.0', '0', '1.upsamplers.0', '1', '2.upsamplers.0', '2'],
    down: [
      '0',
      '0.downsamplers.0',
      '0.conv_out',
      '1',
      '1.downsamplers.0',
      '1.conv_out',
      '2',
      '2.downsamplers.0',
      '3',
      'mid_block',
    ],
  },
  '0.9.5': {
    up: ['mid_block', '0.upsamplers.0', '0', '1.upsamplers.0', '1', '2.upsamplers.0', '2'],
    down: [
      '0',
      '0.downsamplers.0',
      '1',
      '1.downsamplers.0',
      '2',
      '2.downsamplers.0',
      '3',
      '3.downsamplers.0',
      'mid_block',
    ],
  },
};
// Of the fixture that stands for 0.9.0, fewer blocks change the width.
const fixtures = {
  later: flat['0.9.5'],
  older: {
    up: ['mid_block', '0', '1.upsamplers.0', '1', '2.upsamplers.0', '2', '3.conv_in', '3.upsamplers.0', '3'],
    down: ['0', '0.downsamplers.0', '0.conv_out', '1', '1.downsamplers.0', '2', '2.downsamplers.0', '3', 'mid_block'],
  },
};

/** Written down here a second time, on purpose; see original-layout.ts. */
function originalVaeName(name: string, lists: { up: string[]; down: string[] }): string {
  let found = name;
  for (const [half, way] of [
    ['encoder', 'down'],
    ['decoder', 'up'],
  ] as const) {
    const modules = lists[way].map((place, index) => {
      const at = place === 'mid_block' ? place : `${way}_blocks.${place}`;
      return [`${half}.${at}.`, `${half}.${way}_blocks.${index}.`] as const;
    });
    // The longest first: a sampler lies inside a block.
    const match = modules.sort(([a], [b]) => b.length - a.length).find(([ours]) => name.startsWith(ours));
    if (match) found = match[1] + name.slice(match[0].length);
  }
  return found
    .replace('.resnets.', '.res_blocks.')
    .replace('.norm3.', '.norm3.norm.')
    .replace('.conv_shortcut.conv.', '.conv_shortcut.')
    .replace(/^decoder\.(time_embedder|scale_shift_table)/, 'decoder.last_$1')
    .replace(/^latents_(mean|std)$/, 'per_channel_statistics.$1-of-means');
}

const originalDenoiserName = (name: string) =>
  name
    .replace(/^proj_in\./, 'patchify_proj.')
    .replace(/^time_embed\./, 'adaln_single.')
    .replace('.norm_q.', '.q_norm.')
    .replace('.norm_k.', '.k_norm.');

const four = <T>(value: T): T[] => [value, value, value, value];
const published = {
  '0.9.0': {},
  '0.9.1': {
    block_out_channels: [128, 256, 512, 512],
    decoder_block_out_channels: [256, 512, 1024],
    decoder_layers_per_block: [5, 6, 7, 8],
    decoder_spatio_temporal_scaling: [true, true, true],
    decoder_inject_noise: [true, true, true, false],
    upsample_residual: [true, true, true],
    upsample_factor: [2, 2, 2],
    timestep_conditioning: true,
  },
  '0.9.5': {
    block_out_channels: [128, 256, 512, 1024, 2048],
    down_block_types: four('LTXVideo095DownBlock3D'),
    layers_per_block: [4, 6, 6, 2, 2],
    spatio_temporal_scaling: four(true),
    downsample_type: ['spatial', 'temporal', 'spatiotemporal', 'spatiotemporal'],
    decoder_block_out_channels: [256, 512, 1024],
    decoder_layers_per_block: [5, 5, 5, 5],
    decoder_spatio_temporal_scaling: [true, true, true],
    decoder_inject_noise: four(false),
    upsample_residual: [true, true, true],
    upsample_factor: [2, 2, 2],
    timestep_conditioning: true,
  },
} as const;

test.each(['0.9.0', '0.9.1', '0.9.5'] as const)('names and shapes of the VAE of %s tell what it is', (version) => {
  const config = vaeConfig.parse({
    _class_name: 'AutoencoderKLLTXVideo',
    ...published[version],
    spatial_compression_ratio: 32,
    temporal_compression_ratio: 8,
  });
  const shapes = vaeShapes(config);
  const originals = new Map([...shapes.keys()].map((name) => [originalVaeName(name, flat[version]), name]));
  const strangers = ['per_channel_statistics.channel', 'per_channel_statistics.mean-of-stds'];
  const names = vaeNames([...originals.keys(), ...strangers]);
  for (const [original, ours] of originals) expect(names.get(original)).toBe(ours);
  for (const stranger of strangers) expect(names.get(stranger)).toBeNull();
  const found = vaeConfig.parse(inferVae(new Map([...shapes].map(([name, shape]) => [name, { shape }]))));
  // Lists may be longer in a file than there are blocks for; what a block has not cannot be seen.
  const used = (list: unknown[], like: unknown[]) => list.slice(0, like.length);
  expect(found).toEqual({ ...config, downsample_type: used(config.downsample_type, found.downsample_type) });
});

test('strangers among the tensors of a denoiser have no name', () => {
  expect(denoiserName('transformer_blocks.3.attn2.q_norm.weight')).toBe('transformer_blocks.3.attn2.norm_q.weight');
  for (const name of [
    'audio_patchify_proj.weight',
    'transformer_blocks.0.audio_attn1.to_q.weight',
    'av_ca_a2v_gate_adaln_single.linear.bias',
  ]) {
    expect(denoiserName(name)).toBeNull();
  }
});

describe.each(['later', 'older'] as const)('the fixture "%s" as single files', (which) => {
  test('is the same model to the last bit', async () => {
    const folder = join(root, which, 'folder', 'model');
    for (const from of new Set(['later', which]))
      await cp(join(parityFolder, 'ltx', from), folder, { recursive: true });
    const { config, checkpoint } = await openTransformerFiles(join(folder, 'transformer'));
    const { num_attention_heads, attention_head_dim } = config;
    const said = {
      transformer: { _class_name: 'Transformer3DModel', num_attention_heads, attention_head_dim },
      vae: {},
    };
    const comfy = join(root, which, 'comfy');
    const vae = join(root, which, 'vae.safetensors');
    await resave((await openVaeFiles(join(folder, 'vae'))).checkpoint, vae, {
      prefix: 'vae.',
      name: (name) => originalVaeName(name, fixtures[which]),
    });
    await resave(checkpoint, join(comfy, 'checkpoints', 'ltx.safetensors'), {
      prefix: 'model.diffusion_model.',
      name: originalDenoiserName,
      metadata: { config: JSON.stringify(said) },
      more: await tensorsOf(vae),
    });
    await mkdir(join(comfy, 'text_encoders'), { recursive: true });
    await resave(await componentOf(folder, 'text_encoder'), join(comfy, 'text_encoders', 't5xxl.safetensors'));
    await cp(join(folder, 'tokenizer', 'tokenizer.json'), join(comfy, 'text_encoders', 'tokenizer.json'));
    expect(await figures(comfy)).toEqual(await figures(join(root, which, 'folder')));
  });

  test('a distilled file is stepped by the sigmas it names, without guidance, until another takes its place', async () => {
    const comfy = join(root, which, 'comfy');
    const file = join(comfy, 'checkpoints', 'ltx.safetensors');
    const whole = await readFile(file);
    const { metadata } = await openSafetensors(file);
    const sigmas = [1, 0.9937, 0.725, 0.4219];
    const says = { ...JSON.parse(metadata['config'] ?? '{}'), allowed_inference_steps: sigmas };
    await writeFile(file, encodeSafetensors(await tensorsOf(file), { config: JSON.stringify(says) }));
    const distilled = await cardOf(comfy, 'accept');
    expect(distilled).toMatchObject({ defaults: { steps: 4, guidance: 1 }, spacing: { taught: sigmas } });
    await writeFile(file, whole);
    const again = await cardOf(comfy, 'accept');
    expect(again).toMatchObject({ defaults: { steps: 50, guidance: 3 } });
    expect(again.spacing?.taught).toBeUndefined();
    expect(again.parts.denoiser?.digest).not.toBe(distilled.parts.denoiser?.digest);
  });
});

async function cardOf(place: string, mode: 'accept') {
  const [{ card }] = [
    ...(await scanModels({ modelFolders: [place], dataFolder: join(root, 'home') }, { mode })).values(),
  ] as [CatalogModel];
  return card;
}

/** What each part of the only model there computes, and what is known of it. */
async function figures(place: string) {
  const catalog = await scanModels({ modelFolders: [place], dataFolder: join(root, 'home') });
  expect(catalog.size).toBe(1);
  // There is one, as was just seen.
  const [{ card, folder }] = [...catalog.values()] as [CatalogModel];
  expect(card.broken).toBeUndefined();
  const forwards = ltxForwards(
    { folder, card, device: cpu },
    { latent: { frames: 2, height: 3, width: 2 }, tokens: 5 },
  );
  const made: Record<string, unknown> = {};
  for (const { part, open } of forwards) {
    const opened = await open();
    made[part] = await opened.run();
    await opened.release();
  }
  expect(Object.keys(made).sort()).toEqual(['denoiser', 'text-encoder', 'vae']);
  const { latent, text, defaults, pins, spacing } = card;
  return { made, latent, text, defaults, pins, spacing };
}

/** Tensors of a file, to be written into another. */
async function tensorsOf(path: string): Promise<Record<string, TensorToWrite>> {
  const { tensors } = await openSafetensors(path);
  const whole = await readFile(path);
  return Object.fromEntries(
    [...tensors].map(([name, { shape, dtype, offset, bytes }]) => [
      name,
      { shape, data: { dtype, bytes: new Uint8Array(whole.subarray(offset, offset + bytes)) } },
    ]),
  );
}
