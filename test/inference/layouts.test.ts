import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { cpu } from '../../server/inference/session';
import { renameAsVariant, saveFolder, saveShards, saveSingles } from './layouts';
import { cases, folders, parityFolder, readTensors, relative, tensor } from './parity-files';

let root = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-layouts-')));
});
afterAll(() => rm(root, { recursive: true }));

/** What a library's only model makes of a prompt, of noise, and of a latent. */
async function results(library: string, folder: (typeof folders)[number]) {
  const dataFolder = join(root, 'data');
  const catalog = await scanModels({ modelFolders: [library], dataFolder });
  const [id = ''] = [...catalog.keys()].filter((one) => library !== parityFolder || one === folder);
  expect(catalog.get(id)?.card.broken).toBeUndefined();
  const door = new OpenModels({ catalog, device: cpu, dataFolder });
  const about = cases.find((one) => one.folder === folder)!;
  const tensors = readTensors(about.file);
  const noise = tensor(tensors, 'noise');
  const [c = 0, t = 0, h = 0, w = 0] = noise.shape;
  const encoder = await door.textEncoder(door.reference(id, 'text-encoder'));
  const text = await encoder.encode(about.prompt, about.max_sequence_length);
  const denoiser = await door.denoiser(door.reference(id, 'denoiser'));
  const velocity = await denoiser.predict({ latent: noise.data, shape: [c, t, h, w], timesteps: 700, text });
  const vae = await door.vae(door.reference(id, 'vae'));
  const latent = { kind: 'latent', space: vae.card.latent.space, data: noise.data, shape: [c, t, h, w] } as const;
  const pictures: number[] = [];
  for await (const frame of vae.decode(latent).read()) for (const byte of frame) pictures.push(byte);
  await door.release();
  const { latent: geometry, text: width, pins } = denoiser.card;
  return { states: text.states, velocity, pictures, geometry, width, pins };
}

describe.each(folders)('%s', (folder) => {
  test('as single files it is the same model to the last bit', async () => {
    await saveSingles(folder, join(root, folder, 'comfy'));
    const same = await results(join(root, folder, 'comfy'), folder);
    expect(same).toEqual(await results(parityFolder, folder));
  });

  test('in shards it is the same model to the last bit', async () => {
    await saveFolder(folder, join(root, folder, 'whole/model'), 'F32');
    await saveShards(folder, join(root, folder, 'shards/model'));
    const same = await results(join(root, folder, 'shards'), folder);
    expect(same).toEqual(await results(join(root, folder, 'whole'), folder));
  });

  test.each(['newer', 'older'] as const)(
    'as a variant by the %s names, some parts plain, it is the same model',
    async (naming) => {
      const model = join(root, folder, naming, 'model');
      await saveShards(folder, model);
      await rm(join(model, 'text_encoder/model.safetensors'));
      await renameAsVariant(join(model, 'text_encoder'), naming);
      await saveFolder(folder, join(root, folder, 'single'), 'F32');
      await rm(join(model, 'transformer'), { recursive: true });
      await cp(join(root, folder, 'single/transformer'), join(model, 'transformer'), { recursive: true });
      await renameAsVariant(join(model, 'transformer'), naming);
      expect(await results(join(root, folder, naming), folder)).toEqual(await results(parityFolder, folder));
      const card = (await scanModels({ modelFolders: [model], dataFolder: root })).get('model')?.card;
      const said = Object.entries(card?.parts ?? {}).map(([part, { variant }]) => [part, variant]);
      expect(Object.fromEntries(said)).toEqual({ denoiser: 'fp16', 'text-encoder': 'fp16', vae: undefined });
      // The plain file goes before, and the model is then another one.
      const plain = 'transformer/diffusion_pytorch_model.safetensors';
      await cp(join(root, folder, 'single', plain), join(model, plain));
      const after = (await scanModels({ modelFolders: [model], dataFolder: root })).get('model')?.card;
      expect(after?.parts.denoiser).not.toHaveProperty('variant');
      expect(after?.digest).not.toBe(card?.digest);
      expect(after?.parts.vae).toEqual(card?.parts.vae);
    },
  );

  test.each(['BF16', 'F16'] as const)('in %s single files and a folder agree to the last bit', async (storage) => {
    await saveFolder(folder, join(root, folder, storage, 'model'), storage);
    await saveSingles(folder, join(root, folder, `comfy-${storage}`), storage);
    const [inFolder, single] = [
      await results(join(root, folder, storage), folder),
      await results(join(root, folder, `comfy-${storage}`), folder),
    ];
    expect(single).toEqual(inFolder);
    // And close to what they were rounded from.
    const exact = await results(parityFolder, folder);
    expect(relative(single.velocity, exact.velocity)).toBeLessThan(storage === 'F16' ? 5e-3 : 5e-2);
  });

  test('scaled fp8 is computed as the numbers it stands for, and is near the original', async () => {
    await saveSingles(folder, join(root, folder, 'comfy-fp8'), 'fp8-scaled');
    await saveSingles(folder, join(root, folder, 'comfy-wide'), 'fp8-widened');
    const eighth = await results(join(root, folder, 'comfy-fp8'), folder);
    const wide = await results(join(root, folder, 'comfy-wide'), folder);
    const errors = [relative(eighth.states, wide.states), relative(eighth.velocity, wide.velocity)];
    if (process.env['SKEIN_SAY']) console.log(folder, errors);
    expect(Math.max(...errors)).toBeLessThan(2e-5);
    expect(eighth.pictures).toEqual(wide.pictures);
    const exact = await results(parityFolder, folder);
    expect(relative(eighth.states, exact.states)).toBeLessThan(0.3);
    expect(relative(eighth.velocity, exact.velocity)).toBeLessThan(0.3);
  });
});
