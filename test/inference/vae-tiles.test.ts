import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinPieces } from '../../server/inference/families/shared/pieces';
import type { PixelSource } from '../../server/inference/families/shared/pixel-source';
import { cutPlanes, cutTiles, joinTiles } from '../../server/inference/families/shared/tiles';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import type { FloatTensor } from '../../server/inference/session';
import { ramp } from './formula-weights';
import { absolute, readTensors, relative, tensor } from './parity-files';
import { configOf, openParity } from './vae-fixtures';

const tiles = readTensors('wan-variants/tiles.safetensors');
// Budget 0: everything larger than a tile is cut.
const variants = [
  ['wan21-t2v', 'wan21', { budget: 0, tiling: { side: 32, stride: 24 } }],
  ['wan22-ti2v', 'wan22', { budget: 0, tiling: { side: 64, stride: 48 } }],
] as const;

/** A clip [3, count, height, width] by formula, sin(0.013 i), as a source that may be read in parts. */
function formulaSource(count: number, height: number, width: number): PixelSource {
  const data = Float32Array.from({ length: 3 * count * height * width }, (_, i) => Math.sin(0.013 * i));
  return {
    count,
    height,
    width,
    async *read(box, length) {
      const part = cutPlanes({ data, height, width }, box);
      const plane = box.height * box.width;
      for (let from = 0; from < count; ) {
        const frames = from === 0 ? 1 : Math.min(length, count - from);
        const piece: FloatTensor = {
          shape: [1, 3, frames, box.height, box.width],
          data: new Float32Array(3 * frames * plane),
        };
        for (let c = 0; c < 3; c++) {
          const start = (c * count + from) * plane;
          piece.data.set(part.subarray(start, start + frames * plane), c * frames * plane);
        }
        yield piece;
        from += frames;
      }
    },
  };
}

describe.each(variants)('%s in tiles as diffusers cuts and blends them', (folder, name, how) => {
  test('decode', async () => {
    const vae = await openParity(folder, how);
    const channels = folder === 'wan21-t2v' ? 16 : 10;
    const shape = [channels, 2, 9, 7] as const;
    const shares: number[] = [];
    const tell = async (share: number) => void shares.push(share);
    const { data } = await joinPieces(vae.decodeClip(ramp(channels * 2 * 9 * 7), shape, { tell }), 5);
    expect(shares).toEqual(shares.map((_, at) => (at + 1) / shares.length));
    const reference = tensor(tiles, `${name}.decoded`);
    const error = absolute(data, reference.data);
    if (process.env['SKEIN_ERRORS']) console.log(name, 'decoded', error);
    // The reference is stored in half precision: 2.5e-4 near 1. A byte is 7.8e-3.
    expect(error).toBeLessThan(5e-4);
    const whole = await joinPieces((await openParity(folder)).decodeClip(ramp(channels * 2 * 9 * 7), shape), 5);
    expect(absolute(data, whole.data)).toBeGreaterThan(0.01);
  });

  test('encode', async () => {
    const vae = await openParity(folder, how);
    const reference = tensor(tiles, `${name}.encoded`);
    const [channels = 0, , h = 0, w = 0] = reference.shape;
    const scale = folder === 'wan21-t2v' ? 8 : 16;
    const { data } = await vae.encodePixels(formulaSource(5, h * scale, w * scale));
    const { latents_mean: mean, latents_std: std } = vaeConfig.parse(configOf(folder));
    const plane = data.length / channels;
    const plain = data.map((x, i) => x * std[Math.floor(i / plane)]! + mean[Math.floor(i / plane)]!);
    const error = relative(plain, reference.data);
    if (process.env['SKEIN_ERRORS']) console.log(name, 'encoded', error);
    expect(error).toBeLessThan(1e-4);
  });
});

test('tiles cover a picture of any size, and alike ones blend to themselves', () => {
  for (const [height, width] of [
    [5, 5],
    [8, 13],
    [25, 7],
    [24, 31],
  ] as const) {
    const data = Float32Array.from({ length: 2 * height * width }, (_, i) => Math.sin(i));
    const how = { side: 8, stride: 6 };
    const cut = cutTiles({ height, width }, how).map((row) =>
      row.map((box) => ({ ...box, data: cutPlanes({ data, height, width }, box) })),
    );
    expect(absolute(joinTiles(cut, { height, width }, { ...how, unit: 1 }), data)).toBeLessThan(1e-6);
  }
});

// A place of their own: others may be decoding on this machine.
const usual = process.env['TMPDIR'];
beforeAll(() => {
  process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'skein-tiles-test-'));
});
afterAll(() => {
  rmSync(tmpdir(), { recursive: true });
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
});

test('a small picture is never cut, and what was put aside is gone, also when the reader goes away', async () => {
  const before = left();
  const vae = await openParity('wan21-t2v', { budget: 0, tiling: { side: 64, stride: 48 } });
  const latent = (h: number) => [ramp(16 * 2 * h * 4), [16, 2, h, 4] as const] as const;
  const [small] = [await joinPieces(vae.decodeClip(...latent(4)), 5)];
  const plain = await joinPieces((await openParity('wan21-t2v')).decodeClip(...latent(4)), 5);
  expect(small.data).toEqual(plain.data);
  for await (const piece of vae.decodeClip(...latent(12))) {
    expect(piece.shape).toEqual([1, 3, 1, 96, 32]);
    expect(left().length).toBe(before.length + 1);
    break;
  }
  expect(left()).toEqual(before);
});

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('skein-tiles-'));
