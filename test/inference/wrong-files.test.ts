import { cp, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { addModel } from '../../server/library/add-model';
import { saveShards } from './layouts';
import { parityFolder } from './parity-files';

/*
 * What people put among their models by mistake, and what they are told: what it is, and what to do. Files as they are found
 * in ComfyUI's folders, in half-finished downloads and in folders made up of parts of several models.
 */

let root = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-wrong-')));
});
afterAll(() => rm(root, { recursive: true }));

const matrix = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const lora = (module: string) =>
  encodeSafetensors({ [`${module}.lora_down.weight`]: matrix(2, 24), [`${module}.lora_up.weight`]: matrix(24, 2) });
const bytes = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1');

const zip = bytes('PK\x03\x04\x00\x00\x08\x08');
const files: [name: string, content: Uint8Array, says: RegExp | null][] = [
  ['unet/wan2.1-t2v-14b-Q4_K_M.gguf', bytes('GGUF\x03\0\0\0'), /GGUF.*does not read\. Use the \.safetensors version/],
  ['unet/renamed.safetensors', bytes('GGUF\x03\0\0\0'), /GGUF/],
  ['vae/Wan2.1_VAE.pth', zip, /Python pickle.*run code.*Use the \.safetensors version/],
  ['vae/zip.safetensors', zip, /Python pickle/],
  ['vae/going.safetensors.incomplete', bytes('x'), /download has not ended\. Let it end/],
  ['vae/empty.safetensors', new Uint8Array(), /is empty\. Download/],
  ['vae/lfs.safetensors', bytes('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer.*git lfs pull/],
  ['vae/page.safetensors', bytes('<!DOCTYPE html><html>Sign in'), /web page.*login/],
  // Of other models people have hundreds; they are left alone.
  ['upscale_models/RealESRGAN.pth', zip, null],
  ['loras/sdxl.safetensors', lora('lora_unet_down_blocks_1_attentions_0_proj_in'), null],
  ['loras/notes.txt', bytes('x'), null],
];

test.each(files)('%s', async (name, content, says) => {
  const library = join(root, name.replaceAll('/', '-'));
  const file = join(library, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  const catalog = await scanModels({ modelFolders: [library], dataFolder: root });
  const cards = [...catalog.values()].map(({ card, place }) => [place.path, card.broken]);
  expect(cards).toEqual(says ? [[file, expect.stringMatching(says)]] : []);
  // Adding the file itself always says something, and leaves nothing behind.
  const places = { modelFolders: [join(root, 'home/models')], dataFolder: join(root, 'home') };
  await expect(addModel(places, file)).rejects.toThrow(says ?? /\. (Use|Nothing was added|Only)|can be added/);
  if (says) await expect(addModel(places, library)).rejects.toThrow(says);
  expect([...(await scanModels(places)).keys()]).toEqual([]);
});

describe('a folder in the diffusers layout', () => {
  const weights = 'transformer/diffusion_pytorch_model.safetensors';
  const from = async (other: string, part: string, at: string) => {
    await rm(join(at, part), { recursive: true });
    await cp(join(parityFolder, other, part), join(at, part), { recursive: true });
  };
  const stored = (file: string, dtype: 'I8' | 'F8_E4M3', scales = 24) =>
    writeFile(
      file,
      encodeSafetensors({
        'proj.weight': { shape: [24, 24], data: { dtype, bytes: new Uint8Array(24 * 24) } },
        'proj.weight_scale': matrix(scales),
      }),
    );
  const shard = 'transformer/diffusion_pytorch_model-00002-of-00002.safetensors';
  const cases: [name: string, spoil: (at: string) => Promise<unknown>, says: RegExp][] = [
    [
      'only a pickle',
      (at) => rename(join(at, weights), join(at, 'transformer/pytorch_model.bin')),
      /but pytorch_model\.bin\. .*pickle/,
    ],
    [
      'half a download',
      (at) => rename(join(at, weights), join(at, `${weights}.part`)),
      /download has not ended \(diff.*\.part /,
    ],
    [
      'another name',
      (at) => rename(join(at, weights), join(at, 'transformer/w.fp16.safetensors')),
      /called w\.fp16\.safetensors.*Rename the file to diffusion_pytorch_model\.safetensors/,
    ],
    [
      'a LoRA',
      (at) => writeFile(join(at, weights), lora('diffusion_model.blocks.0.self_attn.q')),
      /transformer: These weights are a LoRA.*folder called loras/,
    ],
    [
      "another family's VAE",
      (at) => from('ltx/later', 'vae', at),
      /vae\/config\.json: this is AutoencoderKLLTXVideo, and a Wan model has AutoencoderKLWan here/,
    ],
    [
      "Wan 2.2 5B's VAE",
      (at) => from('wan22-ti2v', 'vae', at),
      /the VAE makes latents of 10 channels, and the transformer gives 16.*Put the VAE of the transformer's own model/,
    ],
    [
      'T5 in place of UMT5',
      (at) => from('ltx/later', 'text_encoder', at),
      /text_encoder: this is a T5 text encoder, and the model reads UMT5/,
    ],
    [
      'weights in int8',
      (at) => stored(join(at, weights), 'I8'),
      /is stored as I8, which is not read as a weight\. Use a file in fp32/,
    ],
    [
      'fp8 with scales for blocks',
      (at) => stored(join(at, weights), 'F8_E4M3', 48),
      /"proj\.weight_scale" has 48 numbers for 24 rows/,
    ],
    [
      'a shard missing',
      async (at) => {
        await saveShards('wan21-t2v', at);
        await rm(join(at, shard));
      },
      /the shard diffusion_pytorch_model-00002-of-00002\.safetensors is missing\. Download what is missing/,
    ],
    [
      'a shard torn',
      async (at) => {
        await saveShards('wan21-t2v', at);
        await truncate(join(at, shard), 5000);
      },
      /00002-of-00002\.safetensors: \d+ bytes are missing at its end/,
    ],
    [
      'shards without their index',
      async (at) => {
        await saveShards('wan21-t2v', at);
        await rm(join(at, weights));
        await rm(join(at, `${weights}.index.json`));
      },
      /here are shards .* no diffusion_pytorch_model\.safetensors\.index\.json/,
    ],
  ];
  test.each(cases)('%s', async (name, spoil, says) => {
    const at = join(root, name.replaceAll(/\W/g, '-'));
    await cp(join(parityFolder, 'wan21-t2v'), at, { recursive: true });
    await spoil(at);
    const catalog = await scanModels({ modelFolders: [at], dataFolder: root });
    expect([...catalog.values()].map(({ card }) => card.broken)).toEqual([expect.stringMatching(says)]);
  });
});

test('a hub cache is added as a whole, and what is still on its way in it says so', async () => {
  const hub = join(root, 'hub');
  for (const name of ['whole', 'going']) {
    const repository = join(hub, `models--a--${name}`);
    const snapshot = join(repository, 'snapshots/abc');
    await cp(join(parityFolder, 'wan21-t2v'), snapshot, { recursive: true });
    await mkdir(join(repository, 'blobs'));
    const file = join(snapshot, 'vae/diffusion_pytorch_model.safetensors');
    await rename(file, join(repository, `blobs/0123${name === 'going' ? '.incomplete' : ''}`));
    if (name === 'whole') await symlink('../../../blobs/0123', file);
  }
  const home = join(root, 'whole-home');
  const places = { modelFolders: [join(home, 'models')], dataFolder: home };
  const { models } = await addModel(places, hub);
  expect(models.map(({ card }) => [card.id, card.broken])).toEqual([
    ['going', expect.stringMatching(/vae: Its download has not ended \(0123\.incomplete/)],
    ['whole', undefined],
  ]);
  const part = join(hub, 'models--a--whole/snapshots/abc/transformer');
  await expect(addModel(places, part)).rejects.toThrow(/This is a part of the model in .*abc\. Add that folder/);
  expect(await readFile(join(part, 'config.json'), 'utf8')).toContain('Wan');
});

test('a link to a model further down than its owner would put one is not followed', async () => {
  const library = join(root, 'linked');
  await mkdir(join(library, 'stranger'), { recursive: true });
  await symlink(join(parityFolder, 'wan21-t2v'), join(library, 'stranger/inside'));
  expect([...(await scanModels({ modelFolders: [library], dataFolder: root })).keys()]).toEqual([]);
});
