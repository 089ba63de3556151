import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBlobs } from '../../server/store/blobs';
import { BlobDamaged, BlobMissing } from '../../server/store/blobs-errors';
import { framesIn } from '../../server/store/blobs-frames';
import { tensorParts, tensorValue } from '../../server/store/blobs-values';
import { dataFolder } from './run-graph';

const open = () => openBlobs(path.join(dataFolder(), 'blobs'));
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

async function all(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the blob store', () => {
  test('names bytes by their hash, whichever way they come', async () => {
    const blobs = open();
    async function* pieces() {
      yield Buffer.from('a fi');
      yield Buffer.from('lm');
    }
    const id = { sha256: hash('a film'), bytes: 6 };
    expect(await blobs.write(Buffer.from('a film'))).toEqual(id);
    expect(await blobs.write(pieces())).toEqual(id);
    expect(await blobs.write([Buffer.from('a '), Buffer.from('film')], { durable: false })).toEqual(id);
    const scratch = blobs.scratch('.mp4');
    fs.writeFileSync(scratch, 'a film');
    expect(await blobs.adopt(scratch)).toEqual(id);
    expect(fs.existsSync(scratch)).toBe(false);
    expect((await blobs.read(id.sha256)).toString()).toBe('a film');
    expect(await all(blobs.stream(id.sha256))).toBe('a film');
    expect(fs.readdirSync(path.join(blobs.folder, 'tmp'))).toEqual([]);
  });

  test('S4: a symbolic link, a second name, a folder: none of them is a blob', async () => {
    const blobs = open();
    const canary = path.join(path.dirname(blobs.folder), 'canary');
    fs.writeFileSync(canary, 'secret');
    const name = hash('secret');
    const place = blobs.path(name);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    for (const make of [
      () => fs.symlinkSync(canary, place),
      () => fs.linkSync(canary, place),
      () => fs.mkdirSync(place),
    ]) {
      make();
      expect(blobs.bytes(name)).toBeNull();
      await expect(blobs.read(name)).rejects.toBeInstanceOf(BlobMissing);
      await expect(all(blobs.stream(name))).rejects.toBeInstanceOf(BlobMissing);
      fs.rmSync(place, { recursive: true });
    }
  });

  test('S3: nothing but a digest reaches the file system', () => {
    const blobs = open();
    for (const name of ['../../canary', '..%2f', 'A'.repeat(64), `${'a'.repeat(63)}/`, 'a'.repeat(65), ''])
      for (const ask of [blobs.path, blobs.bytes, blobs.remove]) expect(() => ask(name)).toThrow(TypeError);
  });

  test('changed bytes are noticed by every way of reading; writing them again makes the blob good', async () => {
    const blobs = open();
    const { sha256 } = await blobs.write(Buffer.from('a film'));
    fs.writeFileSync(blobs.path(sha256), 'a filn');
    await expect(blobs.read(sha256)).rejects.toBeInstanceOf(BlobDamaged);
    await expect(all(blobs.stream(sha256))).rejects.toBeInstanceOf(BlobDamaged);
    await blobs.write(Buffer.from('a film'));
    expect((await blobs.read(sha256)).toString()).toBe('a film');
  });

  test('many writers of the same and of other bytes at once: every blob is whole, nothing is left over', async () => {
    const blobs = open();
    const texts = Array.from({ length: 60 }, (_, i) => `text ${i % 12} `.repeat(3000));
    await Promise.all(texts.map((text, i) => blobs.write(Buffer.from(text), { durable: i % 2 === 0 })));
    for (const text of texts) expect((await blobs.read(hash(text))).toString()).toBe(text);
    expect(fs.readdirSync(path.join(blobs.folder, 'tmp'))).toEqual([]);
  });

  test('a source that breaks off leaves nothing', async () => {
    const blobs = open();
    async function* broken() {
      yield Buffer.from('half');
      throw new Error('the line went down');
    }
    await expect(blobs.write(broken())).rejects.toThrow('the line went down');
    expect(fs.readdirSync(blobs.folder)).toEqual(['tmp']);
    expect(fs.readdirSync(path.join(blobs.folder, 'tmp'))).toEqual([]);
  });
});

describe('values on disk', () => {
  test('come back bit for bit, with all that was known about them', () => {
    const data = Float32Array.of(0.1, -0, 1e-45, Number.MAX_VALUE, 3, 4);
    const shape = [1, 2, 1, 3] as const;
    const values = [
      { kind: 'latent', space: 'wan', data, shape, fps: 23.976 },
      { kind: 'latent', space: 'wan "x" ü', data, shape },
      { kind: 'pins', space: 'wan', data, shape, known: [true, false], noise: [0, 0.05] },
      {
        kind: 'pins',
        ...{ space: 'ltx', data, shape, known: [false, false], noise: [0, 0] },
        beside: [{ data: data.slice(3), picture: 9, noise: 0.25 }],
      },
      { kind: 'conditioning', family: 'wan', states: data, tokens: 2, width: 3, length: 512 },
    ] as const;
    for (const value of values) {
      const bytes = Buffer.concat(tensorParts(value));
      expect(tensorValue(bytes)).toEqual(value);
      expect(Buffer.concat(tensorParts(value)).equals(bytes)).toBe(true);
    }
  });

  test('frames of which the file is gone say so to the reader and to the cache', async () => {
    let isLost = false;
    const stored = { width: 2, height: 2, count: 1, fps: 8, table: hash('') };
    const frames = framesIn(path.join(dataFolder(), 'none'), {
      stored,
      sha256: hash('x'),
      lost: () => (isLost = true),
    });
    await expect(all(frames.read())).rejects.toThrow(/ENOENT/);
    expect(isLost).toBe(true);
  });
});
