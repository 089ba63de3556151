import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { openSafetensors } from '../../server/inference/safetensors';
import { safetensorsParts } from '../../server/inference/safetensors-write';
import { cpu } from '../../server/inference/session';
import { parityFolder } from './parity-files';

let root = '';
let models = '';
let dataFolder = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-catalog-'));
  [models, dataFolder] = [join(root, 'models'), join(root, 'data')];
  await mkdir(models);
});
afterEach(() => rm(root, { recursive: true }));

const copy = async (from: string, as: string): Promise<string> => {
  await cp(join(parityFolder, from), join(models, as), { recursive: true });
  return join(models, as);
};
const scan = () => scanModels({ modelFolders: [models], dataFolder });
const cardOf = async (id: string) => {
  const found = (await scan()).get(id);
  if (!found) throw new Error(`no ${id}`);
  return found.card;
};
const weights = 'transformer/diffusion_pytorch_model.safetensors';

test('a card says what a checkpoint is', async () => {
  await copy('wan21-t2v', 'Old One');
  await copy('wan22-ti2v', 'new');
  expect(await cardOf('old-one')).toMatchObject({
    family: 'wan',
    latent: { channels: 16, time: 4, scale: 8, multiple: 16 },
    text: { width: 32, length: 512 },
    defaults: { shift: 3, sampler: 'unipc' },
    pins: 'none',
    parts: { denoiser: { dtype: 'f32' } },
  });
  expect(await cardOf('new')).toMatchObject({
    latent: { channels: 10, time: 4, scale: 16, multiple: 32 },
    defaults: { shift: 5 },
    pins: 'first',
    parts: { denoiser: { dtype: 'bf16' }, vae: { dtype: 'f16' }, 'text-encoder': { dtype: 'bf16' } },
  });
});

test('extras of skein.json reach the card; wrong ones are a broken card that names the field', async () => {
  const folder = await copy('wan22-ti2v', 'extra');
  const factors = Array.from({ length: 10 }, (_, i) => [i, 0, 0]);
  const extras = {
    name: 'Extra',
    defaults: { width: 64, framesPerSecond: 8 },
    latent_rgb: { factors, bias: [0.5, 0.5, 1] },
    knows: { colour: { red: ['red', 'crimson'], blue: ['blue'] } },
    examples: ['a red ball'],
    trained: { sizes: [[64, 64]], frames: [1, 17], otherSizes: 'a try', otherFrames: 'a guess' },
  };
  await writeFile(join(folder, 'skein.json'), JSON.stringify(extras));
  const card = await cardOf('extra');
  expect(card).toMatchObject({
    title: 'Extra',
    // Known frames are those the checkpoint's kind is published with, whoever wrote the file, unless it says otherwise.
    pins: 'first',
    defaults: { width: 64, fps: 8, prompt: 'a red ball', shift: 5 },
    vocabulary: { colour: ['red', 'crimson', 'blue'] },
    trained: { sizes: [[64, 64]], frames: [1, 17] },
  });
  expect(card.preview?.weights.map((row) => row.length)).toEqual([10, 10, 10]);
  expect(card.preview?.weights[0]?.[3]).toBe(6);
  expect(card.preview?.bias).toEqual([0, 0, 1]);
  await writeFile(join(folder, 'skein.json'), JSON.stringify({ ...extras, pins: 'any' }));
  expect((await cardOf('extra')).pins).toBe('any');
  await writeFile(join(folder, 'skein.json'), JSON.stringify({ ...extras, pins: 'all' }));
  expect((await cardOf('extra')).broken).toMatch(/skein\.json.*"pins"/);
});

test('equal content has equal digests wherever it lies; one changed byte changes them', async () => {
  const [a, b] = [await copy('wan21-t2v', 'a'), await copy('wan21-t2v', 'b')];
  const [cardA, cardB] = [await cardOf('a'), await cardOf('b')];
  expect(cardB.digest).toBe(cardA.digest);
  const path = join(b, weights);
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  const changed = await cardOf('b');
  expect(changed.parts.denoiser?.digest).not.toBe(cardA.parts.denoiser?.digest);
  expect(changed.parts.vae?.digest).toBe(cardA.parts.vae?.digest);
  expect(changed.digest).not.toBe(cardA.digest);
  expect(await cardOf('a')).toEqual(cardA);
  expect(a).not.toBe(b);
});

test('digests are remembered by size, times and inode, and a damaged memory only costs time', async () => {
  const folder = await copy('wan21-t2v', 'a');
  const card = await cardOf('a');
  const memories = await Promise.all(
    (await readdir(join(dataFolder, 'model-digests'))).map(async (name) => {
      const file = join(dataFolder, 'model-digests', name);
      return { file, known: JSON.parse(await readFile(file, 'utf8')) };
    }),
  );
  const { file: memory, known } = memories.find((one) => one.known.path.endsWith(weights))!;
  known.seen.sha256 = 'f'.repeat(64);
  await writeFile(memory, JSON.stringify(known));
  const touch = (file: string, seconds: number) => utimes(join(folder, file), new Date(), new Date(1000 * seconds));
  await touch('model_index.json', 1); // the card is made again, of what the weights are remembered to be
  expect((await cardOf('a')).parts.denoiser?.digest).not.toBe(card.parts.denoiser?.digest); // believed, not read again
  await touch(weights, 2);
  expect((await cardOf('a')).parts).toEqual(card.parts); // another time: read again
  await writeFile(memory, '{"half');
  await touch('model_index.json', 3);
  expect(await cardOf('a')).toEqual(card);
});

test('folders are found as a library or one by one, through links, once each', async () => {
  const folder = await copy('wan21-t2v', 'a');
  await symlink(folder, join(models, 'same'));
  await mkdir(join(models, 'no-model'));
  const modelFolders = [models, folder, join(root, 'missing')];
  expect([...(await scanModels({ modelFolders, dataFolder })).keys()]).toEqual(['a']);
});

describe('what is wrong with a model is a sentence on its card, and the others still work', () => {
  const broken: [what: string, damage: (folder: string) => Promise<unknown>, says: RegExp][] = [
    ['weights missing', (at) => rm(join(at, weights)), /transformer: there is neither .* Download the weights/],
    ['weights cut short', (at) => truncate(join(at, weights), 300_000), /bytes are missing at its end.*Download/],
    [
      'a pickle with the right name',
      (at) => writeFile(join(at, weights), Buffer.from('\x80\x02}q\x00(X\x05\x00\x00\x00stateq\x01u.', 'latin1')),
      /Python pickle.*\.safetensors version/,
    ],
    [
      'a shard missing',
      (at) => rm(join(at, 'text_encoder/model-00002-of-00004.safetensors')),
      /the shard model-00002-of-00004\.safetensors is missing/,
    ],
    ['a config cut short', (at) => truncate(join(at, 'vae/config.json'), 20), /vae\/config\.json: this is not a JSON/],
    [
      'a config for another size',
      async (at) => {
        const path = join(at, 'transformer/config.json');
        const config = JSON.parse(await readFile(path, 'utf8'));
        await writeFile(path, JSON.stringify({ ...config, ffn_dim: 256 }));
      },
      /blocks\.0\.ffn\.net\.0\.proj\.weight" is \[128, 48\] where config\.json asks for \[256, 48\]/,
    ],
    [
      'a VAE config for another size',
      async (at) => {
        const path = join(at, 'vae/config.json');
        const config = JSON.parse(await readFile(path, 'utf8'));
        await writeFile(path, JSON.stringify({ ...config, base_dim: 16 }));
      },
      /vae: the tensor ".*" is \[.*\] where config\.json asks for \[.*Take both from the same download/,
    ],
    [
      'a tensor missing',
      async (at) => {
        const path = join(at, weights);
        const bytes = await readFile(path);
        const file = await openSafetensors(path);
        const tensors = [...file.tensors.values()].filter(({ name }) => name !== 'proj_out.bias');
        const kept = tensors.map(({ name, shape, dtype, offset, bytes: length }) => [
          name,
          { shape, data: { dtype, bytes: bytes.subarray(offset, offset + length) } },
        ]);
        await writeFile(path, Buffer.concat(safetensorsParts(Object.fromEntries(kept))));
      },
      /"proj_out\.bias" is missing/,
    ],
    [
      'a shard index that points out of the folder',
      (at) =>
        writeFile(
          join(at, 'text_encoder/model.safetensors.index.json'),
          JSON.stringify({ weight_map: { 'shared.weight': '../../../secret.safetensors' } }),
        ),
      /not a plain \.safetensors file name/,
    ],
    ['no tokenizer', (at) => rm(join(at, 'tokenizer'), { recursive: true }), /tokenizer\.json.*missing/],
    [
      'another family',
      (at) => writeFile(join(at, 'model_index.json'), JSON.stringify({ _class_name: 'MochiPipeline' })),
      /MochiPipeline.*Choose a checkpoint of LTX-Video .* or Wan/,
    ],
  ];

  test.each(broken)('%s', async (_, damage, says) => {
    await copy('wan22-ti2v', 'whole');
    await damage(await copy('wan21-t2v', 'hurt'));
    const catalog = await scan();
    expect(catalog.get('hurt')?.card.broken).toMatch(says);
    expect(catalog.get('whole')?.card.broken).toBeUndefined();
    const door = new OpenModels({ catalog, device: cpu, dataFolder });
    expect(() => door.reference('hurt', 'denoiser')).toThrow(says);
    await door.textEncoder(door.reference('whole', 'text-encoder'));
    await door.release();
  });
});

test('the door: an unknown model, a changed file and a wrong part are sentences; the next use works', async () => {
  const folder = await copy('wan21-t2v', 'a');
  const door = new OpenModels({ catalog: await scan(), device: cpu, dataFolder });
  expect(() => door.reference('b', 'vae')).toThrow(/"b" is not in the library \(there: a\)/);
  const ref = door.reference('a', 'text-encoder');
  await expect(door.denoiser(ref)).rejects.toThrow(/text-encoder of a was given where a denoiser is needed/);

  const path = join(folder, 'text_encoder/model-00004-of-00004.safetensors');
  const good = await readFile(path);
  const changed = Buffer.from(good);
  changed[changed.length - 1]! ^= 1;
  await writeFile(path, changed);
  await expect(door.textEncoder(ref)).rejects.toThrow(
    /MODEL_DIGEST_MISMATCH: .*model-00004-of-00004\.safetensors.*models verify a --accept/,
  );
  await writeFile(path, good);
  const first = await (await door.textEncoder(ref)).encode('a fox', 16);
  expect(first).toMatchObject({ kind: 'conditioning', width: 32, length: 16 });
  await door.release();
  expect(await (await door.textEncoder(ref)).encode('a fox', 16)).toEqual(first);
  await door.release();
});

test.skipIf(process.platform !== 'linux')(
  'reading the catalog loads no onnxruntime: any process may do it',
  async () => {
    const script = `
    const { scanModels } = await import(${JSON.stringify(join(import.meta.dirname, '../../server/inference/catalog.ts'))});
    const found = await scanModels({ modelFolders: [${JSON.stringify(parityFolder)}], dataFolder: ${JSON.stringify(root)} });
    const { readFileSync } = await import('node:fs');
    process.stdout.write(JSON.stringify({ models: ['wan21-t2v', 'wan22-ti2v', 'later'].filter((id) => found.get(id)?.card.parts.vae), maps: readFileSync('/proc/self/maps', 'utf8').includes('onnxruntime') }));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
    ]);
    expect(JSON.parse(stdout)).toEqual({ models: ['wan21-t2v', 'wan22-ti2v', 'later'], maps: false });
  },
);
