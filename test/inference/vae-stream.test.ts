import { describe, expect, test } from 'vitest';
import { eachChannel } from '../../server/inference/families/shared/pieces';
import { cutBoxes } from '../../server/inference/families/wan/vae-boxes';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import { ramp } from './formula-weights';
import { absolute, readTensors, tensor } from './parity-files';
import { cards, configOf, decode, encode, formulaClip, openParity, size } from './vae-fixtures';

describe('a clip in pieces', () => {
  test.each([
    // Sums of ONNX Runtime's 3-D kernels depend a little on the number of frames: 3.2e-6 is their rounding here.
    ['t2v-unipc8', 'wan21-t2v', '3d', 5e-6],
    ['t2v-unipc8', 'wan21-t2v', '2d', 3e-6],
    ['ti2v-text4', 'wan22-ti2v', '3d', 3e-6],
    ['ti2v-text4', 'wan22-ti2v', '2d', 3e-6],
  ] as const)('decodes as the whole does: %s of %s, convolutions in %s', async (name, folder, convolution, limit) => {
    const vae = await openParity(folder, { convolution });
    const { data: z, shape: stored } = tensor(readTensors(`${name}.safetensors`), 'decoder_input');
    const shape = [stored[0]!, stored[1]!, stored[2]!, stored[3]!] as const;
    const whole = await decode(vae, z, shape, shape[1]);
    for (const length of [1, 2]) {
      expect(absolute((await decode(vae, z, shape, length)).data, whole.data)).toBeLessThan(limit);
    }
    // The first frame depends on nothing that follows it.
    const [channels, , height, width] = shape;
    const first = z.filter((_, i) => Math.floor(i / (height * width)) % shape[1] === 0);
    const alone = await decode(vae, first, [channels, 1, height, width]);
    const firstOfWhole = whole.data.filter((_, i) => i % size(whole.shape.slice(1)) < size(whole.shape.slice(2)));
    expect(absolute(alone.data, firstOfWhole)).toBeLessThan(3e-6);
  });

  test.each([
    ['wan21-t2v', [3, 17, 24, 16]],
    ['wan22-ti2v', [3, 17, 32, 48]],
  ] as const)('encodes as the whole does: %s', async (folder, shape) => {
    const vae = await openParity(folder);
    const x = ramp(size(shape));
    const whole = await encode(vae, x, shape, 16);
    for (const frames of [4, 8, 12]) {
      expect(absolute((await encode(vae, x, shape, frames)).data, whole.data)).toBeLessThan(3e-6 * 10);
    }
  });
});

test.each(['wan21-t2v', 'wan22-ti2v'] as const)('convolutions frame by frame give the same: %s', async (folder) => {
  const { channels, scale } = cards[folder].latent;
  const [usual, other] = [await openParity(folder), await openParity(folder, { convolution: '2d' })];
  const z = [channels, 3, 2, 3] as const;
  const input = ramp(size(z));
  expect(absolute((await decode(other, input, z)).data, (await decode(usual, input, z)).data)).toBeLessThan(1e-5);
  const x = [3, 9, 2 * scale, scale] as const;
  const pixels = ramp(size(x));
  const expected = (await encode(usual, pixels, x, 8)).data;
  expect(absolute((await encode(other, pixels, x, 4)).data, expected)).toBeLessThan(2e-5);
});

describe.each([
  ['wan21-t2v', '2d', 12],
  ['wan22-ti2v', '3d', 11],
] as const)('wide layers of %s', (folder, convolution, width) => {
  const shape = [cards[folder].latent.channels, 3, 3, width] as const;
  const z = ramp(size(shape));

  test.each([1, 2])('run frame by frame give the same, in pieces of %i', async (length) => {
    const whole = await openParity(folder, { convolution, isSplit: false });
    const split = await openParity(folder, { convolution, isSplit: true });
    const [found, expected] = [await decode(split, z, shape, length), await decode(whole, z, shape, length)];
    expect(found.shape).toEqual(expected.shape);
    expect(absolute(found.data, expected.data)).toBeLessThan(1e-5);
    const bytes = (vae: typeof whole) => vae.bytesFor('decode', { width: 512, height: 512, count: 17 });
    expect(bytes(split)).toBeLessThan(0.8 * bytes(whole));
  });

  test('run box by box give the same', async () => {
    const whole = await openParity(folder, { convolution, isSplit: false });
    const boxes = await openParity(folder, { convolution, isSplit: true, boxArea: 1 });
    const [found, expected] = [await decode(boxes, z, shape), await decode(whole, z, shape)];
    expect(found.shape).toEqual(expected.shape);
    expect(absolute(found.data, expected.data)).toBeLessThan(1e-5);
  });

  test('box by box it tells how far it is, all before the first frame, and ends when the listener says so', async () => {
    const boxes = await openParity(folder, { convolution, isSplit: true, boxArea: 1 });
    const shares: number[] = [];
    const told = boxes.decodePieces(z, shape, { tell: async (share) => void shares.push(share) });
    await told.next();
    expect(shares.length).toBeGreaterThan(6);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeCloseTo(1, 9);
    await told.return(undefined);
    const stopped = boxes.decodePieces(z, shape, { tell: () => Promise.reject(new Error('enough')) });
    await expect(stopped.next()).rejects.toThrow('enough');
  });
});

test('boxes cover a picture once, and see as far as they must', () => {
  const size = { height: 17, width: 68 };
  expect(cutBoxes(size, { area: 17 * 68, reach: 6 })).toHaveLength(1);
  const boxes = cutBoxes(size, { area: 600, reach: 6 });
  const covered = new Uint8Array(17 * 68);
  for (const { own, seen } of boxes) {
    expect(seen.height * seen.width).toBeLessThanOrEqual(600);
    expect(own.left - seen.left).toBe(Math.min(6, own.left));
    expect(seen.left + seen.width).toBe(Math.min(68, own.left + own.width + 6));
    for (let y = own.top; y < own.top + own.height; y++) {
      for (let x = own.left; x < own.left + own.width; x++) covered[y * 68 + x]! += 1;
    }
  }
  expect(covered.every((times) => times === 1)).toBe(true);
});

describe('frames', () => {
  test('come out as bytes, in the order of the clip, and the stream can be read again', async () => {
    const vae = await openParity('wan21-t2v');
    const shape = [16, 3, 2, 3] as const;
    const data = ramp(size(shape));
    const frames = vae.decode({ kind: 'latent', space: 'test', data, shape, fps: 12 });
    expect(frames).toMatchObject({ width: 24, height: 16, count: 9, fps: 12 });
    const { latents_mean, latents_std } = vaeConfig.parse(configOf('wan21-t2v'));
    const z = data.slice();
    eachChannel(z, 16, (x, c) => x * latents_std[c]! + latents_mean[c]!);
    const floats = await decode(vae, z, shape);
    for (let pass = 0; pass < 2; pass++) {
      let index = 0;
      for await (const frame of frames.read()) {
        expect(frame).toHaveLength(24 * 16 * 3);
        for (const i of [0, 1, 2, 500, frame.length - 1]) {
          const x = floats.data[((i % 3) * 9 + index) * 384 + Math.floor(i / 3)]!;
          expect(frame[i]).toBe(Math.round((x / 2 + 0.5) * 255));
        }
        index++;
      }
      expect(index).toBe(9);
    }
  });

  test('what was encoded is a latent that decodes to the same size', async () => {
    const vae = await openParity('wan22-ti2v');
    const latent = await vae.encode(formulaClip(9, 32, 48));
    expect(latent).toMatchObject({ space: 'test', shape: [10, 3, 2, 3], fps: 8 });
    expect(vae.decode(latent)).toMatchObject({ width: 48, height: 32, count: 9, fps: 8 });
  });

  test('memory does not grow with the length of the clip, and stopping early is clean', async () => {
    const vae = await openParity('wan21-t2v');
    const shape = [16, 64, 6, 6] as const;
    const used: number[] = [];
    let pieces = 0;
    for await (const { shape: piece } of vae.decodePieces(ramp(size(shape)), shape, { latentFrames: 1 })) {
      expect(piece).toEqual([1, 3, pieces === 0 ? 1 : 4, 48, 48]);
      pieces++;
      if (pieces % 16 === 0) used.push(process.memoryUsage().rss);
    }
    expect(pieces).toBe(64);
    // The caches are taken once: 48 more pieces leave no more behind than the collector's noise. One set of caches is
    // 1.6 MB here: made anew for each piece and kept, they would take 77 MB.
    expect(used.at(-1)! - used[0]!).toBeLessThan(30e6);
    const frames = vae.decode({ kind: 'latent', space: 'test', data: ramp(size(shape)), shape });
    expect(frames.count).toBe(253);
    for await (const _ of frames.read()) break;
  });
});
