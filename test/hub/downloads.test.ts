import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { chooseFiles } from '../../server/hub/choose-files';
import type { Arrival, DownloadState, Downloads } from '../../server/hub/downloads';
import { unsafeName } from '../../server/hub/file-names';
import { scanModels } from '../../server/inference/catalog';
import { revisionOf } from './hub-server';
import { prepareHub, repository, text, tiny, weights } from './prepare-hub';

const set = prepareHub();
const until = async (one: Downloads, is: (state: DownloadState) => boolean): Promise<DownloadState> =>
  vi.waitFor(async () => {
    const found = (await one.list()).find(is);
    if (!found) throw new Error('not yet');
    return found;
  }, 20_000);

test('what would come is told before a byte has come: files, sizes, licence, free disk', async () => {
  const found = await set.offer();
  expect(found.take.map(({ path: file }) => file)).toEqual(
    expect.arrayContaining(['model_index.json', 'LICENSE.md', weights, 'tokenizer/tokenizer.json']),
  );
  expect(found.take.filter(({ path: file }) => /\.(bin|mp4)$/.test(file))).toEqual([]);
  expect(found.bytes).toBe(found.take.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(found.leftBytes).toBeGreaterThanOrEqual(30_000);
  expect(found.licence).toEqual({ id: 'apache-2.0', text: 'Permission is granted to everybody.' });
  expect(found.free).toBeGreaterThan(0);
  expect(found.problem).toBeUndefined();
  expect(set.hub.asked.some(({ host }) => host === 'store')).toBe(false);
  expect(fs.existsSync(set.models())).toBe(false);
});

test('a model comes whole, is put in place at once, and is ready without being read again', async () => {
  const seen: Arrival[] = [];
  const one = set.downloads(async (folder) => {
    const catalog = await scanModels({ modelFolders: [set.models()], dataFolder: set.home }, { wanted: new Set() });
    const ids = [...catalog].filter(([, model]) => model.folder === folder).map(([id]) => id);
    seen.push({ models: ids });
    // Nothing had to be read for its digests: hashing went along with the download.
    expect(catalog.get('tiny-wan')?.card.broken).toBeUndefined();
    return { models: ids };
  });
  const id = await one.start(await set.offer());
  expect(await one.ended(id)).toMatchObject({ state: 'done', models: ['tiny-wan'] });
  expect(seen).toHaveLength(1);
  for (const [file, bytes] of tiny) {
    if (/^(\.|training)/.test(file)) continue;
    expect(fs.readFileSync(path.join(set.models(), 'Tiny-Wan', file)).equals(bytes), file).toBe(true);
  }
  expect(fs.existsSync(path.join(set.models(), 'Tiny-Wan/transformer/diffusion_pytorch_model.bin'))).toBe(false);
  expect(set.staged()).toEqual([]);
  const catalog = await scanModels({ modelFolders: [set.models()], dataFolder: set.home });
  expect(catalog.get('tiny-wan')?.card.source).toEqual({ hub: repository, revision: revisionOf(repository) });
  await expect(one.start(await set.offer())).rejects.toThrow(/is here already, in the folder Tiny-Wan/);
});

describe('interrupted', () => {
  test('a line that breaks again and again costs no byte twice', async () => {
    set.hub.faults.cutAfter = 200_000;
    const one = set.downloads();
    expect(await one.ended(await one.start(await set.offer()))).toMatchObject({ state: 'done' });
    const pieces = set.hub.asked.filter(({ host, path: file }) => host === 'store' && file.includes('vae'));
    const starts = pieces.map(({ range }) => Number(/\d+/.exec(range ?? 'bytes=0-')?.[0]));
    expect(starts.length).toBeGreaterThan(2);
    // Never back behind what had come.
    expect(starts).toEqual([...starts].sort((one, other) => one - other));
    expect(starts.at(-1)).toBeGreaterThan(1_000_000);
  });

  test('another process goes on by itself where one was killed; a paused one waits', async () => {
    set.hub.faults.bytesPerSecond = 600_000;
    const first = set.downloads();
    await first.start(await set.offer());
    await until(first, ({ there }) => there > 400_000);
    await first.close();
    set.hub.faults.bytesPerSecond = undefined;
    const before = set.hub.asked.length;
    const second = set.downloads();
    await second.goOn();
    const state = await until(second, ({ state: now }) => now === 'done');
    expect(state.there).toBe(state.bytes);
    expect(set.hub.asked.slice(before).some(({ range }) => range !== undefined)).toBe(true);
  });

  test('pause, resume, discard', async () => {
    set.hub.faults.bytesPerSecond = 600_000;
    const one = set.downloads();
    const id = await one.start(await set.offer());
    await until(one, ({ state, there, perSecond }) => state === 'running' && there > 300_000 && Boolean(perSecond));
    await one.pause(id);
    await one.ended(id);
    const [paused] = await one.list();
    expect(paused?.state).toBe('paused');
    // A new process leaves it alone until somebody asks.
    await one.close();
    const two = set.downloads();
    await two.goOn();
    expect((await two.list()).map(({ state, there }) => [state, there > 300_000])).toEqual([['paused', true]]);
    await two.resume(id);
    await until(two, ({ state }) => state === 'running');
    await two.discard(id);
    expect(await two.list()).toEqual([]);
    await vi.waitFor(() => expect(set.staged()).toEqual([]));
    expect(fs.existsSync(path.join(set.models(), 'Tiny-Wan'))).toBe(false);
  });

  test('two processes at once: one does the work, the other says so', async () => {
    set.hub.faults.bytesPerSecond = 800_000;
    const [one, two] = [set.downloads(), set.downloads()];
    const id = await one.start(await set.offer());
    await until(one, ({ state }) => state === 'running');
    expect((await two.list()).map(({ state }) => state)).toEqual(['elsewhere']);
    await expect(two.discard(id)).rejects.toThrow(/Another process/);
    set.hub.faults.bytesPerSecond = undefined;
    expect(await one.ended(id)).toMatchObject({ state: 'done' });
    expect(await two.list()).toEqual([]);
  });

  test('what a killed process has left is taken up once its lock is nobody’s any more', async () => {
    set.hub.faults.bytesPerSecond = 600_000;
    const first = set.downloads();
    const id = await first.start(await set.offer());
    await until(first, ({ there }) => there > 300_000);
    await first.close();
    // As after SIGKILL: the lock is there, and touched a moment ago.
    const lock = path.join(set.models(), '.downloads', id, 'lock');
    fs.writeFileSync(lock, '');
    const almostStale = new Date(Date.now() - 13_000);
    fs.utimesSync(lock, almostStale, almostStale);
    set.hub.faults.bytesPerSecond = undefined;
    const second = set.downloads();
    await second.goOn();
    expect((await second.list()).map(({ state }) => state)).toEqual(['elsewhere']);
    await until(second, ({ state }) => state === 'done');
  });

  test('a server that knows no pieces sends everything again, and the result is right', async () => {
    Object.assign(set.hub.faults, { knowsNoRanges: true, cutAfter: 400_000, cuts: 2 });
    const one = set.downloads();
    expect(await one.ended(await one.start(await set.offer()))).toMatchObject({ state: 'done' });
    expect(fs.readFileSync(path.join(set.models(), 'Tiny-Wan', weights)).equals(tiny.get(weights)!)).toBe(true);
  });
});

describe('what must never be put in place', () => {
  test('wrong bytes are thrown away, with the name of the file; afterwards it can be tried again', async () => {
    set.hub.faults.spoilt = new Set([weights]);
    const one = set.downloads();
    const id = await one.start(await set.offer());
    const failed = await one.ended(id);
    expect(failed.state).toBe('failed');
    expect(failed.says).toMatch(/vae\/diffusion_pytorch_model\.safetensors .* arrived damaged: its digest/);
    expect(fs.existsSync(path.join(set.models(), 'Tiny-Wan'))).toBe(false);
    set.hub.faults.spoilt = undefined;
    await one.resume(id);
    expect(await one.ended(id)).toMatchObject({ state: 'done' });
  });

  test('bytes that were spoilt on this disk between two processes are found', async () => {
    set.hub.faults.bytesPerSecond = 600_000;
    const first = set.downloads();
    const id = await first.start(await set.offer());
    await until(first, ({ there }) => there > 1_500_000);
    await first.close();
    const parts = path.join(set.models(), '.downloads', id, 'parts');
    for (const part of fs.readdirSync(parts)) {
      const bytes = fs.readFileSync(path.join(parts, part));
      if (bytes.length) bytes[0]! ^= 1;
      fs.writeFileSync(path.join(parts, part), bytes);
    }
    set.hub.faults.bytesPerSecond = undefined;
    const second = set.downloads();
    await second.goOn();
    await until(second, ({ state }) => state === 'done');
    for (const [file, bytes] of tiny)
      expect(fs.readFileSync(path.join(set.models(), 'Tiny-Wan', file)).equals(bytes), file).toBe(true);
  });

  test('pickles, other names, other pipelines', async () => {
    const pickles = new Map([...tiny].map(([file, bytes]) => [file.replace('.safetensors', '.bin'), bytes]));
    set.hub.repositories.set('a/pickled', { files: pickles });
    expect((await set.offer('a/pickled')).problem).toMatch(/only as a pickle, a format that can run a stranger's code/);
    await expect(set.downloads().start(await set.offer('a/pickled'))).rejects.toThrow(/Skein never opens one/);
    set.hub.repositories.set('a/loose-pickle', { files: new Map([['style.pt', text('x')]]) });
    expect((await set.offer('a/loose-pickle')).problem).toMatch(/a\/loose-pickle has its weights only as a pickle/);
    const odd = new Map([...tiny].map(([file, bytes]) => [file.replace('model.safetensors', 'w.safetensors'), bytes]));
    set.hub.repositories.set('a/odd', { files: odd });
    expect((await set.offer('a/odd')).problem).toMatch(/w\.safetensors, a name that Skein does not look for/);
    const index = text(JSON.stringify({ _class_name: 'StableDiffusionPipeline' }));
    set.hub.repositories.set('a/other', { files: new Map([...tiny, ['model_index.json', index]]) });
    expect((await set.offer('a/other')).problem).toMatch(
      /a\/other: this is a StableDiffusionPipeline, which Skein cannot run/,
    );
    set.hub.repositories.set('a/empty', { files: new Map([['README.md', text('soon')]]) });
    expect((await set.offer('a/empty')).problem).toMatch(/no \.safetensors files/);
  });

  test('names that lead out of the folder', async () => {
    const evil = [
      '../../evil.safetensors',
      '/etc/evil.safetensors',
      'C:\\evil.safetensors',
      'a/..\\..\\evil.safetensors',
      '.ssh/evil.safetensors',
      'con\u0000.safetensors',
    ];
    for (const path_ of evil) expect(unsafeName(path_), path_).toMatch(/could lead out of its folder/);
    for (const path_ of ['a/b/c.safetensors', 'split_files/vae/wan_2.1_vae.safetensors', 'My LoRA (v2).safetensors'])
      expect(unsafeName(path_), path_).toBeNull();
    set.hub.repositories.set('a/evil', { files: new Map([['../../evil.safetensors', text('x')]]) });
    await expect(set.downloads().start(await set.offer('a/evil'))).rejects.toThrow(/could lead out of its folder/);
    const two = [
      { path: 'A.safetensors', bytes: 1 },
      { path: 'a.safetensors', bytes: 1 },
    ];
    expect(chooseFiles('a/b', two, { picked: ['A.safetensors', 'a.safetensors'] }).problem).toMatch(
      /size of letters only/,
    );
  });

  test('more than there is room for', async () => {
    const huge = { ...(await set.offer()), take: [{ path: 'x.safetensors', bytes: 1e18, sha256: '0'.repeat(64) }] };
    const one = set.downloads();
    const state = await one.ended(await one.start(huge));
    expect(state.says).toMatch(/1000000000 GB are to come and .* GB are free/);
    expect(set.hub.asked.some(({ host }) => host === 'store')).toBe(false);
  });
});

describe('single files', () => {
  const lora = 'loras/style.safetensors';
  test('of several one is chosen; the name of another model of that name stays its own', async () => {
    const files = new Map([
      [lora, tiny.get(weights)!],
      ['other.safetensors', text('x')],
      ['README.md', text('hello')],
    ]);
    set.hub.repositories.set('somebody/Tiny-Wan', { files });
    fs.mkdirSync(path.join(set.models(), 'Tiny-Wan'), { recursive: true });
    const all = await set.offer('somebody/Tiny-Wan');
    expect(all.take).toEqual([]);
    const one = set.downloads();
    await expect(one.start(all)).rejects.toThrow('Say which: loras/style.safetensors, other.safetensors.');
    expect((await set.offer('somebody/Tiny-Wan', { picked: ['nope.safetensors'] })).problem).toMatch(
      /has no file nope/,
    );
    await one.ended(await one.start(await set.offer('somebody/Tiny-Wan', { picked: [lora] })));
    expect(fs.readdirSync(path.join(set.models(), 'Tiny-Wan'))).toEqual([]);
    expect(fs.readdirSync(path.join(set.models(), 'Tiny-Wan-2')).sort()).toEqual([
      '.skein-download.json',
      'README.md',
      'loras',
    ]);
  });
});
