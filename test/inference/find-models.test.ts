import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { cpu } from '../../server/inference/session';
import { saveSingles } from './layouts';
import { parityFolder } from './parity-files';

let root = '';
let library = '';
let dataFolder = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-find-')));
  [library, dataFolder] = [join(root, 'models'), join(root, 'data')];
  await mkdir(library);
});
afterEach(() => rm(root, { recursive: true }));

const scan = (...folders: string[]) => scanModels({ modelFolders: folders.length ? folders : [library], dataFolder });
const cardIn = async (id: string, ...folders: string[]) => {
  const catalog = await scan(...folders);
  const found = catalog.get(id);
  if (!found) throw new Error(`no ${id} among ${[...catalog.keys()].join()}`);
  return found.card;
};

describe('single files', () => {
  beforeEach(() => saveSingles('wan21-t2v', library));
  const denoiser = () => join(library, 'diffusion_models/wan21-t2v.safetensors');
  const encoder = () => join(library, 'text_encoders/wan21-t2v-umt5.safetensors');

  test('one entry for each denoiser; the same model wherever its files lie', async () => {
    const catalog = await scan();
    expect([...catalog.keys()]).toEqual(['wan21-t2v']);
    const before = await cardIn('wan21-t2v');
    expect(before).toMatchObject({ family: 'wan', text: { width: 32 }, pins: 'none', defaults: { shift: 3 } });
    // The very same files in one folder.
    for (const name of ['diffusion_models', 'text_encoders', 'vae'])
      for (const file of await readdir(join(library, name)))
        await rename(join(library, name, file), join(library, file));
    expect((await cardIn('wan21-t2v')).digest).toBe(before.digest);
  });

  test('what is missing is named, with where to put it; once it is there the model works', async () => {
    const vae = join(library, 'vae/wan21-t2v-vae.safetensors');
    await rename(vae, join(root, 'vae.safetensors'));
    expect((await cardIn('wan21-t2v')).broken).toMatch(
      /wan21-t2v\.safetensors: a VAE that fits this model is missing\. Put wan_2\.1_vae\.safetensors into vae\/ of/,
    );
    // One of another model does not help, and is named: people take it for the right one.
    await cp(
      join(parityFolder, 'wan22-ti2v/vae/diffusion_pytorch_model.safetensors'),
      join(library, 'vae/2.2.safetensors'),
    );
    expect((await cardIn('wan21-t2v')).broken).toMatch(
      /a VAE that fits .* missing \(2\.2\.safetensors is of another model\)/,
    );
    await rename(join(root, 'vae.safetensors'), vae);
    expect((await cardIn('wan21-t2v')).broken).toBeUndefined();
  });

  test('a text encoder without a tokenizer says what to add; either kind of file will do', async () => {
    const { spiece } = await withoutSpiece();
    expect((await cardIn('wan21-t2v')).broken).toMatch(
      /umt5\.safetensors: no tokenizer is in this file\. Put tokenizer\.json of google\/umt5-xxl \(or spiece\.model\) beside it/,
    );
    await writeFile(join(dirname(encoder()), 'spiece.model'), spiece);
    const ids = await tokensOf();
    await cp(join(parityFolder, 'wan21-t2v/tokenizer/tokenizer.json'), join(dirname(encoder()), 'tokenizer.json'));
    expect(await tokensOf()).toBe(ids);
  });

  async function tokensOf() {
    const catalog = await scan();
    expect(catalog.get('wan21-t2v')?.card.broken).toBeUndefined();
    const door = new OpenModels({ catalog, device: cpu, dataFolder });
    const { tokens } = await (await door.textEncoder(door.reference('wan21-t2v', 'text-encoder'))).encode(
      'a red fox',
      64,
    );
    await door.release();
    return tokens;
  }

  /** Takes the tokenizer out of the text encoder's file. */
  async function withoutSpiece() {
    const { openSafetensors } = await import('../../server/inference/safetensors');
    const { tensors } = await openSafetensors(encoder());
    const whole = await readFile(encoder());
    let spiece = new Uint8Array();
    const kept: Parameters<typeof encodeSafetensors>[0] = {};
    for (const [name, { shape, dtype, offset, bytes }] of tensors) {
      const data = { dtype, bytes: new Uint8Array(whole.subarray(offset, offset + bytes)) };
      if (name === 'spiece_model') spiece = data.bytes;
      else Object.assign(kept, { [name]: { shape, data } });
    }
    await writeFile(encoder(), encodeSafetensors(kept));
    return { spiece };
  }

  test('of two text encoders the finer one is taken, and files of other models are left alone', async () => {
    const rough = join(root, 'rough');
    await saveSingles('wan21-t2v', rough, 'fp8-scaled');
    await cp(join(rough, 'text_encoders/wan21-t2v-umt5.safetensors'), join(library, 'text_encoders/a-fp8.safetensors'));
    const before = await cardIn('wan21-t2v');
    expect(before.parts['text-encoder']?.dtype).toBe('f32');
    await saveSingles('wan22-ti2v', join(library, 'more'));
    const catalog = await scan();
    expect([...catalog.keys()].sort()).toEqual(['wan21-t2v', 'wan22-ti2v']);
    expect(catalog.get('wan21-t2v')?.card).toEqual(before);
    expect(catalog.get('wan22-ti2v')?.card).toMatchObject({ pins: 'first', defaults: { shift: 5 } });
  });

  test('the two experts of a pair are one model', async () => {
    const high = join(library, 'diffusion_models/t2v_high_noise_x.safetensors');
    await rename(denoiser(), high);
    expect([...(await scan()).keys()]).toEqual(['t2v_high_noise_x']);
    await cp(high, join(library, 'diffusion_models/t2v_low_noise_x.safetensors'));
    expect((await cardIn('t2v_x')).experts).toEqual({ boundary: 0.875 });
    expect([...(await scan()).keys()]).toEqual(['t2v_x']);
  });

  test('what a name says of few steps is a hint; a folder that says it itself needs none', async () => {
    await rename(denoiser(), join(library, 'diffusion_models/Wan2_1-FastWanFullAttn_bf16.safetensors'));
    const card = await cardIn('wan2_1-fastwanfullattn_bf16');
    expect(card.byName).toMatchObject({ word: 'FastWan', settings: { steps: 3, guidance: 1, sampler: 'lcm' } });
    expect(card.defaults).toMatchObject({ steps: 30, guidance: 5 });
    const folder = join(library, 'FastWan-Diffusers');
    await cp(join(parityFolder, 'wan21-t2v'), folder, { recursive: true });
    const index = JSON.parse(await readFile(join(folder, 'model_index.json'), 'utf8'));
    await writeFile(join(folder, 'model_index.json'), JSON.stringify({ ...index, _class_name: 'WanDMDPipeline' }));
    const told = await cardIn('fastwan-diffusers');
    expect([told.byName, told.defaults.steps]).toEqual([undefined, 3]);
    const ltx = join(library, 'LTX-Video-0.9.7-distilled');
    await cp(join(parityFolder, 'ltx/later'), ltx, { recursive: true });
    expect((await cardIn('ltx-video-0.9.7-distilled')).byName?.settings).toMatchObject({ steps: 8, guidance: 1 });
    await writeFile(join(ltx, 'skein.json'), JSON.stringify({ sigmas: [1, 0.9, 0.5] }));
    expect(await cardIn('ltx-video-0.9.7-distilled')).not.toHaveProperty('byName');
  });

  test('damage, a kind that does not run, and a stranger', async () => {
    await writeFile(join(library, 'vae/torn.safetensors'), (await readFile(denoiser())).subarray(0, 5000));
    await writeFile(
      join(library, 'other.safetensors'),
      encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }),
    );
    const catalog = await scan();
    expect([...catalog.keys()].sort()).toEqual(['torn', 'wan21-t2v']);
    expect(catalog.get('torn')?.card.broken).toMatch(/Download the file again/);
    await writeFile(denoiser(), await withTensor(denoiser(), 'vace_blocks.0.before_proj.weight'));
    expect((await cardIn('wan21-t2v')).broken).toMatch(
      /1 of its tensors belong to no Wan model that Skein knows \(first: "vace_blocks/,
    );
  });

  async function withTensor(path: string, extra: string) {
    const { openSafetensors } = await import('../../server/inference/safetensors');
    const { tensors, metadata } = await openSafetensors(path);
    const whole = await readFile(path);
    const all = [...tensors].map(([name, { shape, dtype, offset, bytes }]) => [
      name,
      { shape, data: { dtype, bytes: new Uint8Array(whole.subarray(offset, offset + bytes)) } },
    ]);
    return encodeSafetensors(
      { ...Object.fromEntries(all), [extra]: { shape: [1], data: Float32Array.of(1) } },
      metadata,
    );
  }

  test('a file that is replaced is refused until it is accepted', async () => {
    expect((await cardIn('wan21-t2v')).broken).toBeUndefined();
    const bytes = await readFile(denoiser());
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(denoiser(), bytes);
    expect((await cardIn('wan21-t2v')).broken).toMatch(/MODEL_DIGEST_MISMATCH: .*wan21-t2v\.safetensors/);
    await scanModels({ modelFolders: [library], dataFolder }, { wanted: new Set(['wan21-t2v']), mode: 'accept' });
    expect((await cardIn('wan21-t2v')).broken).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('links', () => {
  /** A hub cache: every file of a snapshot is a link to a blob. */
  async function hubCache(at: string): Promise<string> {
    const repository = join(at, 'models--Somebody--Tiny-Wan');
    const [snapshot, blobs] = [join(repository, 'snapshots/abc'), join(repository, 'blobs')];
    await mkdir(blobs, { recursive: true });
    const source = join(parityFolder, 'wan22-ti2v');
    for (const [number, name] of (await readdir(source, { recursive: true, withFileTypes: true })).entries()) {
      if (!name.isFile()) continue;
      const path = join(name.parentPath, name.name);
      const link = join(snapshot, relative(source, path));
      await cp(path, join(blobs, `digest${number}`));
      await mkdir(dirname(link), { recursive: true });
      await symlink(relative(dirname(link), join(blobs, `digest${number}`)), link);
    }
    await mkdir(join(repository, 'refs'));
    await writeFile(join(repository, 'refs/main'), 'abc');
    return snapshot;
  }

  test('a hub cache is a library, and a snapshot of one a model', async () => {
    const snapshot = await hubCache(join(root, 'hub'));
    const card = await cardIn('tiny-wan', join(root, 'hub'));
    expect(card.broken).toBeUndefined();
    expect((await cardIn('abc', snapshot)).digest).toBe(card.digest);
    const door = new OpenModels({ catalog: await scan(join(root, 'hub')), device: cpu, dataFolder });
    await door.textEncoder(door.reference('tiny-wan', 'text-encoder'));
    await door.release();
  });

  test('single files in a hub cache are found too', async () => {
    await saveSingles('wan21-t2v', join(root, 'hub/models--Comfy-Org--Wan/snapshots/abc/split_files'));
    expect((await cardIn('wan21-t2v', join(root, 'hub'))).broken).toBeUndefined();
  });

  test.each(['transformer/config.json', 'vae/diffusion_pytorch_model.safetensors', 'model_index.json'])(
    'a link at %s must stay inside the model folders',
    async (name) => {
      const [inside, outside] = [join(library, 'model'), join(root, 'elsewhere')];
      await cp(join(parityFolder, 'wan21-t2v'), inside, { recursive: true });
      await mkdir(outside);
      await rename(join(inside, name), join(outside, 'x'));
      await symlink(join(outside, 'x'), join(inside, name));
      expect((await cardIn('model')).broken).toMatch(/is a link to .*elsewhere.*outside the model folders/);
      expect((await cardIn('model', library, outside)).broken).toBeUndefined();
    },
  );

  test('a folder of a part may be a link as well, by the same rule', async () => {
    const [inside, outside] = [join(library, 'model'), join(root, 'elsewhere')];
    await cp(join(parityFolder, 'wan21-t2v'), inside, { recursive: true });
    await rename(join(inside, 'vae'), outside);
    await symlink(outside, join(inside, 'vae'));
    expect((await cardIn('model')).broken).toMatch(/vae: this is a link/);
  });

  test("a stranger's folder cannot point to weights elsewhere", async () => {
    await saveSingles('wan21-t2v', join(root, 'elsewhere'));
    const inside = join(library, 'model');
    await cp(join(parityFolder, 'wan21-t2v'), inside, { recursive: true });
    const file = join(root, 'elsewhere/diffusion_models/wan21-t2v.safetensors');
    await writeFile(join(inside, 'transformer/single-file.json'), JSON.stringify({ file, part: 'denoiser' }));
    expect((await cardIn('model')).broken).toMatch(/single-file\.json: only Skein writes files of this name/);
  });

  test('a single file that is a link to somewhere else', async () => {
    await saveSingles('wan21-t2v', join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere/diffusion_models/wan21-t2v.safetensors'), join(library, 'mine.safetensors'));
    expect((await cardIn('mine')).broken).toMatch(/outside the model folders/);
    // A folder that is linked right into the library was put there on purpose.
    await symlink(join(root, 'elsewhere'), join(library, 'comfy'));
    expect((await cardIn('wan21-t2v')).broken).toBeUndefined();
  });
});
