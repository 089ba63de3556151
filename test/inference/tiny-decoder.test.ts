import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankCard } from '../../server/inference/card';
import { openSafetensors } from '../../server/inference/safetensors';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { TinyDecoder } from '../../server/inference/tiny-decoder';
import { tinyLayout } from '../../server/inference/tiny-layout';
import { hashed, tinyShapes, tinyWeights } from './tiny-weights';

/** Made by PyTorch with the decoders' published code and the weights of `tiny-weights.ts`: see test/parity/README.md. */
const golden: Record<string, { shape: number[]; frames: number[][] }> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../parity/tiny-decoders.json'), 'utf8'),
);
const kinds = {
  taew2_1: { kind: 'plain', channels: 16, patch: 1 },
  taew2_2: { kind: 'plain', channels: 48, patch: 2 },
  taew2_2_super: { kind: 'super', channels: 48, patch: 2 },
} as const;

let folder = '';
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-tiny-')));
});
afterAll(() => rm(folder, { recursive: true }));

const cardFor = ({ channels, patch }: { channels: number; patch: number }) => ({
  ...blankCard('wan'),
  latent: { space: 'wan', channels, time: 4, scale: 8 * patch, multiple: 16 * patch },
});
const noise = (count: number) => Float32Array.from({ length: count }, (_, i) => 1.7 * hashed(i, 99));

describe.each(Object.entries(kinds))('%s', (name, about) => {
  const path = () => join(folder, `${name}.safetensors`);
  beforeAll(async () => writeFile(path(), encodeSafetensors(tinyWeights(tinyShapes(about)))));

  test('pictures agree with PyTorch, frame by frame', async () => {
    const decoder = await TinyDecoder.open(path(), cardFor(about));
    const shape = [about.channels, 3, 2, 3] as const;
    const latent = { data: noise(about.channels * 18), shape };
    const { frames, shape: wanted } = golden[name]!;
    const found: number[][] = [];
    for await (const { data, shape } of decoder.pictures(latent)) {
      expect(shape).toEqual([1, 3, 1, ...wanted.slice(2)]);
      const x = data.map((value) => value / 2 + 0.5);
      const sum = (f: (value: number) => number) => x.reduce((total, value) => total + f(value), 0);
      found.push([sum((v) => v), sum((v) => v * v), ...[0, 1, 777 % x.length, -2, -1].map((i) => x.at(i)!)]);
    }
    expect(found.length).toBe(9);
    for (const [frame, numbers] of frames.entries())
      for (const [i, number] of numbers.entries())
        expect(Math.abs(found[frame]![i]! - number)).toBeLessThan(i < 2 ? 0.05 : 1e-4);
    // The test would see frames that changed places.
    expect(Math.abs(frames[0]![0]! - frames[1]![0]!)).toBeGreaterThan(0.5);
  });

  test('the frames it gives are bytes of the size and number it announced', async () => {
    const decoder = await TinyDecoder.open(path(), cardFor(about));
    const data = noise(about.channels * 12);
    const clip = decoder.decode({ kind: 'latent', space: 'wan', data, shape: [about.channels, 2, 2, 3], fps: 12 });
    const side = 8 * about.patch;
    expect(clip).toMatchObject({ width: 3 * side, height: 2 * side, count: 5, fps: 12 });
    let count = 0;
    for await (const frame of clip.read()) {
      expect(frame.length).toBe(3 * clip.width * clip.height);
      count += 1;
    }
    expect(count).toBe(5);
  });

  test('a file with a layer missing or of another size is none', async () => {
    const { tensors } = await openSafetensors(path());
    expect(tinyLayout(tensors)).toMatchObject(about);
    for (const key of tensors.keys()) {
      const without = new Map(tensors);
      without.delete(key);
      expect(tinyLayout(without), key).toBeNull();
    }
  });
});

test('a decoder for other latents is refused by name', async () => {
  const path = join(folder, 'taew2_1.safetensors');
  await expect(TinyDecoder.open(path, cardFor({ channels: 48, patch: 2 }))).rejects.toThrow(
    /taew2_1\.safetensors: this is no tiny decoder for the latents of wan\. Choose the full/,
  );
});
