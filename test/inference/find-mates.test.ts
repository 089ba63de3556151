import { cp, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { Checkpoint } from '../../server/inference/checkpoint';
import { OpenModels } from '../../server/inference/door';
import { transformerConfig, transformerShapes } from '../../server/inference/families/wan/transformer-config';
import { cpu } from '../../server/inference/session';
import { removalOf } from '../../server/library/remove-model';
import { bytesApart, sizeOnDisk } from '../../server/library/size-on-disk';
import { formulaCheckpoint } from './formula-weights';
import { renameAsVariant, saveShards, saveSingles } from './layouts';
import { componentOf, originalDenoiserName, resave } from './original-layout';
import { parityFolder } from './parity-files';

let root = '';
let library = '';
let dataFolder = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-mates-')));
  [library, dataFolder] = [join(root, 'models'), join(root, 'data')];
  await mkdir(library);
});
afterEach(() => rm(root, { recursive: true }));

const scan = (...more: string[]) => scanModels({ modelFolders: [library, ...more], dataFolder });
async function modelIn(id: string, ...more: string[]) {
  const found = (await scan(...more)).get(id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}
const ltxFolder = (at: string) => cp(join(parityFolder, 'ltx/later'), at, { recursive: true });
/** A denoiser of LTX-Video alone in its file, as people have them whose VAE and text encoder lie elsewhere. */
const ltxDenoiser = async (file: string) =>
  resave(await componentOf(join(parityFolder, 'ltx/later'), 'transformer'), file, {
    metadata: { config: JSON.stringify({ transformer: { num_attention_heads: 4, attention_head_dim: 14 } }) },
  });

/** What the text encoder of a model makes of words, and its decoder of a latent. */
async function figures(id: string) {
  const catalog = await scan();
  expect(catalog.get(id)?.card.broken).toBeUndefined();
  const door = new OpenModels({ catalog, device: cpu, dataFolder });
  const text = await (await door.textEncoder(door.reference(id, 'text-encoder'))).encode('a red fox', 64);
  const vae = await door.vae(door.reference(id, 'vae'));
  const shape = [vae.card.latent.channels, 1, 2, 2] as const;
  const data = Float32Array.from({ length: shape[0] * 4 }, (_, i) => Math.sin(i));
  const pictures: number[] = [];
  for await (const frame of vae.decode({ kind: 'latent', space: vae.card.latent.space, shape, data }).read())
    pictures.push(...frame);
  await door.release();
  return { states: text.states, tokens: text.tokens, pictures };
}

test('a single file takes text encoder, tokenizer and VAE of a model folder, and computes the same', async () => {
  await ltxDenoiser(join(library, 'checkpoints/alone.safetensors'));
  expect((await modelIn('alone')).card.broken).toMatch(/a text encoder that fits this model is missing/);
  const folder = join(library, 'LTX-Video-later');
  await ltxFolder(folder);
  await renameAsVariant(join(folder, 'text_encoder'), 'newer');
  const { card, place } = await modelIn('alone');
  expect(card.mates).toEqual([
    { part: 'text-encoder', from: 'LTX-Video-later', others: [] },
    { part: 'vae', from: 'LTX-Video-later', others: [] },
  ]);
  const whole = (await modelIn('ltx-video-later')).card;
  expect(card).toMatchObject({ latent: whole.latent, text: whole.text, pins: whole.pins, spacing: whole.spacing });
  expect(card.parts['text-encoder']?.variant).toBe('fp16');
  expect(await figures('alone')).toEqual(await figures('ltx-video-later'));
  const bytes = Object.values(card.parts).reduce((sum, part) => sum + part.bytes, 0);
  const size = await sizeOnDisk(place);
  expect(size).toMatchObject({ bytes, files: 3 });
  // Files that two models have are counted once.
  const all = await sizeOnDisk((await modelIn('ltx-video-later')).place);
  expect(bytesApart([all, size])).toEqual([all.bytes, card.parts.denoiser?.bytes]);
  // Without the folder it would lack parts, which is said before that is removed.
  const own = join(dataFolder, 'models');
  await mkdir(own, { recursive: true });
  await rename(folder, join(root, 'elsewhere'));
  await symlink(join(root, 'elsewhere'), join(own, 'elsewhere'));
  const catalog = await scan(own);
  expect(catalog.get('alone')?.card.mates?.[0]?.from).toBe('elsewhere');
  expect(await removalOf(catalog, 'elsewhere', dataFolder)).toMatchObject({
    kind: 'unlink',
    also: [],
    lacking: ['alone'],
  });
}, 30_000);

test('the own model folder goes first, then single files elsewhere, then model folders; several are named', async () => {
  const [near, far] = [join(root, 'near'), join(root, 'far')];
  await cp(join(parityFolder, 'wan21-t2v'), join(library, 'whole'), { recursive: true });
  await saveSingles('wan21-t2v', near);
  await saveSingles('wan21-t2v', far);
  for (const part of ['text_encoders', 'vae']) await rename(join(near, part), join(root, part));
  for (const part of ['diffusion_models', 'vae']) await rm(join(far, part), { recursive: true });
  const mates = async () => (await modelIn('wan21-t2v', near, far)).card.mates;
  expect(await mates()).toEqual([
    { part: 'text-encoder', from: 'wan21-t2v-umt5.safetensors', others: [] },
    { part: 'vae', from: 'whole', others: [] },
  ]);
  await rename(join(far, 'text_encoders/wan21-t2v-umt5.safetensors'), join(far, 'text_encoders/far.safetensors'));
  expect((await mates())?.[0]?.from).toBe('far.safetensors');
  await rename(join(root, 'text_encoders'), join(near, 'text_encoders'));
  await cp(join(far, 'text_encoders/far.safetensors'), join(near, 'text_encoders/z.safetensors'));
  expect((await mates())?.[0]).toEqual({
    ...{ part: 'text-encoder', from: 'wan21-t2v-umt5.safetensors', others: ['z.safetensors'] },
  });
  // Nothing is read of a model folder whose links lead out of it.
  await rename(join(library, 'whole/vae/config.json'), join(root, 'config.json'));
  await symlink(join(root, 'config.json'), join(library, 'whole/vae/config.json'));
  expect((await modelIn('wan21-t2v', near, far)).card.broken).toMatch(/a VAE that fits this model is missing/);
}, 30_000);

test('of VAEs that look alike, that of the version in the name', async () => {
  await ltxDenoiser(join(library, 'ltxv-2b-0.9.7-fp8.safetensors'));
  for (const version of ['0.9.5', '0.9.7', '0.9.8']) await ltxFolder(join(library, `LTX-Video-${version}`));
  expect((await modelIn('ltxv-2b-0.9.7-fp8')).card.mates).toEqual([
    { part: 'text-encoder', from: 'LTX-Video-0.9.5', others: ['LTX-Video-0.9.7', 'LTX-Video-0.9.8'] },
    { part: 'vae', from: 'LTX-Video-0.9.7', others: ['LTX-Video-0.9.5', 'LTX-Video-0.9.8'] },
  ]);
});

test('shards that lie in a folder of their own are one part; a tokenizer may come from elsewhere', async () => {
  const sharded = join(root, 'sharded');
  await saveShards('wan21-t2v', sharded);
  await saveSingles('wan21-t2v', library);
  const [single, shards] = [join(library, 'text_encoders'), join(library, 'text_encoders/umt5-xxl')];
  await rm(join(single, 'wan21-t2v-umt5.safetensors'));
  await cp(join(sharded, 'text_encoder'), shards, { recursive: true });
  await rm(join(shards, 'model.safetensors'));
  expect((await modelIn('wan21-t2v')).card.broken).toMatch(
    /no tokenizer is in this folder\. Put tokenizer\.json .* into it\./,
  );
  const whole = join(library, 'whole');
  await cp(join(parityFolder, 'wan21-t2v'), whole, { recursive: true });
  expect((await modelIn('wan21-t2v')).card.mates).toEqual([
    { part: 'text-encoder', from: 'umt5-xxl', others: [] },
    { part: 'tokenizer', from: 'whole', others: [] },
    { part: 'vae', from: 'wan21-t2v-vae.safetensors', others: [] },
  ]);
  expect(await figures('wan21-t2v')).toEqual(await figures('whole'));
  // What is nearer goes before.
  await cp(join(whole, 'tokenizer/tokenizer.json'), join(shards, 'tokenizer.json'));
  expect((await modelIn('wan21-t2v')).card.mates?.map(({ part }) => part)).toEqual(['text-encoder', 'vae']);
  await writeFile(join(dirname(shards), 'README'), 'nothing of this is a model');
  expect([...(await scan()).keys()].sort()).toEqual(['wan21-t2v', 'whole']);
}, 30_000);

test("a denoiser in shards of its makers' own layout is one model", async () => {
  await saveSingles('wan21-t2v', library);
  await rm(join(library, 'diffusion_models'), { recursive: true });
  const config = transformerConfig.parse({
    ...{ _class_name: 'WanTransformer3DModel', num_attention_heads: 1, attention_head_dim: 128, num_layers: 2 },
    ...{ in_channels: 16, out_channels: 16, text_dim: 32, freq_dim: 32, ffn_dim: 64, cross_attn_norm: true },
  });
  const whole = await formulaCheckpoint(transformerShapes(config));
  await resave(whole, join(library, 'one-file.safetensors'), { name: originalDenoiserName });
  const folder = join(library, 'Wan2.1-T2V-14B');
  const weight_map: Record<string, string> = {};
  for (const [number, half] of [0, 1].entries()) {
    const shard = `diffusion_pytorch_model-0000${number + 1}-of-00002.safetensors`;
    const tensors = new Map([...whole.tensors].filter((_, i) => i % 2 === half));
    for (const name of tensors.keys()) weight_map[originalDenoiserName(name)] = shard;
    const part = new Checkpoint(folder, tensors, whole.files);
    await resave(part, join(folder, shard), { name: originalDenoiserName });
  }
  await writeFile(join(folder, 'diffusion_pytorch_model.safetensors.index.json'), JSON.stringify({ weight_map }));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ _class_name: 'WanModel', model_type: 't2v' }));
  const catalog = await scan();
  expect([...catalog.keys()].sort()).toEqual(['one-file', 'wan2.1-t2v-14b']);
  const door = new OpenModels({ catalog, device: cpu, dataFolder });
  const said: Float32Array[] = [];
  for (const id of catalog.keys()) {
    expect(catalog.get(id)?.card.broken).toBeUndefined();
    const text = await (await door.textEncoder(door.reference(id, 'text-encoder'))).encode('a fox', 16);
    const latent = Float32Array.from({ length: 16 * 2 * 16 }, (_, i) => Math.sin(i));
    const denoiser = await door.denoiser(door.reference(id, 'denoiser'));
    said.push(await denoiser.predict({ latent, shape: [16, 2, 4, 4], timesteps: 700, text }));
  }
  await door.release();
  expect(said[0]).toEqual(said[1]);
  expect(said[0]?.some((x) => x !== 0)).toBe(true);
});
