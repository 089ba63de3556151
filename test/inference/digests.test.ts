import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLibrary } from '../../server/api/library';
import { scanModels } from '../../server/inference/catalog';
import { until } from '../queue/stage';
import { parityFolder } from './parity-files';

let root = '';
let models = '';
let dataFolder = '';
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-digests-'));
  [models, dataFolder] = [path.join(root, 'models'), path.join(root, 'data')];
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const weights = 'transformer/diffusion_pytorch_model.safetensors';

/** A model of the parity tests; `hole` bytes that take no room on the disk are added to its weights as one more tensor. */
function install(id: string, hole = 0): string {
  const folder = path.join(models, id);
  fs.cpSync(path.join(parityFolder, 'wan21-t2v'), folder, { recursive: true });
  if (!hole) return folder;
  const file = path.join(folder, weights);
  const bytes = fs.readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const data = bytes.subarray(8 + length);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as object;
  const more = { dtype: 'U8', shape: [hole], data_offsets: [data.length, data.length + hole] };
  const text = Buffer.from(JSON.stringify({ ...header, 'zz.padding': more }));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  fs.writeFileSync(file, Buffer.concat([head, text, data]));
  fs.truncateSync(file, 8 + text.length + data.length + hole);
  return folder;
}

const isUnread = (broken: string | undefined) => /reading the files for the first time/.test(broken ?? '');

test('a run waits for the models it names, and for no other', async () => {
  install('small');
  install('huge', 3e9);
  const places = { modelFolders: [models], dataFolder };
  const catalog = await scanModels(places, { wanted: new Set(['small']) });
  expect(catalog.get('small')?.card.broken).toBeUndefined();
  expect(isUnread(catalog.get('huge')?.card.broken)).toBe(true);
  // Nobody has begun to read it either.
  expect(fs.readdirSync(path.join(dataFolder, 'model-digests')).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

test('the library answers while a large model is read for the first time, keeps its event loop free, and tells when it is there', async () => {
  install('small');
  install('huge', 1.5e9);
  const library = openLibrary({ modelFolders: [models], dataFolder });
  const begun = performance.now();
  const before = performance.eventLoopUtilization();
  const first = await library.models();
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(first['small']?.broken).toBeUndefined();
  await until(async () => !isUnread((await library.models())['huge']?.broken), 60_000);
  const { utilization } = performance.eventLoopUtilization(before);
  expect((await library.models())['huge']?.broken).toBeUndefined();
  // Not the lateness of timers: that tells how busy the machine is. Hashed in this thread it would be nearly 1.
  expect(utilization).toBeLessThan(0.3);
  // What is known is known to the next process as well.
  const again = performance.now();
  expect((await scanModels({ modelFolders: [models], dataFolder })).get('huge')?.card.broken).toBeUndefined();
  expect(performance.now() - again).toBeLessThan(1000);
});

test.skipIf(process.platform !== 'linux')('two processes that come at once read a file once between them', async () => {
  const hole = 1e9;
  install('huge', hole);
  const script = `
    const { scanModels } = await import(${JSON.stringify(path.resolve('server/inference/catalog.ts'))});
    const catalog = await scanModels(${JSON.stringify({ modelFolders: [models], dataFolder })});
    const read = Number(/rchar: (\\d+)/.exec((await import('node:fs')).readFileSync('/proc/self/io', 'utf8'))[1]);
    process.stdout.write(JSON.stringify({ read, digest: catalog.get('huge').card.digest }));`;
  const ask = async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await once(child, 'close');
    return JSON.parse(said) as { read: number; digest: string };
  };
  const [a, b] = await Promise.all([ask(), ask()]);
  expect(a.digest).toBe(b.digest);
  expect(a.read + b.read).toBeGreaterThan(hole);
  expect(a.read + b.read).toBeLessThan(1.2 * hole);
});

test('what a process that was killed in the middle has left is taken over', async () => {
  install('huge', 200e6);
  const places = { modelFolders: [models], dataFolder };
  await scanModels(places);
  const folder = path.join(dataFolder, 'model-digests');
  for (const name of fs.readdirSync(folder)) {
    const lock = path.join(folder, name.replace(/json$/, 'lock'));
    fs.renameSync(path.join(folder, name), lock);
    fs.utimesSync(lock, Date.now() / 1000 - 60, Date.now() / 1000 - 60);
  }
  // So that this process, which knows the card by heart, looks again.
  fs.utimesSync(path.join(models, 'huge/model_index.json'), 1, 1);
  expect((await scanModels(places)).get('huge')?.card.broken).toBeUndefined();
  expect(fs.readdirSync(folder).some((name) => name.endsWith('.lock'))).toBe(false);
});
