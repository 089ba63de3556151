import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { stillness } from '../../bench/quality/clip-measures';
import { latentDistance } from '../../nodes/latent/latent-distance';
import type { LatentValue } from '../../nodes/values';
import { blockMotion } from '../../nodes/video/block-motion';
import { broughtTo, commonPart } from '../../nodes/video/common-part';
import { decibels, luma, sharpness } from '../../nodes/video/frame-measures';
import { heatColours, heatMap } from '../../nodes/video/heat-map';
import { clipFigures, measureClips, pairFigures } from '../../nodes/video/measure-clips';
import { ssim } from '../../nodes/video/ssim';
import { findFfmpeg } from '../../server/media/ffmpeg';
import { resizeFrames } from '../../server/media/pictures';
import { collect, patchClip, tempFolder } from '../media/clips';

const size = { width: 53, height: 37 };
const count = 5;
const nothing = async () => {};

/** Waves that drift, with `grain` of noise from a fixed seed: something like a film, the same everywhere. */
function film(grain: number, drift = 1.5) {
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const frames = Array.from({ length: count }, (_, t) =>
    Uint8Array.from({ length: size.width * size.height * 3 }, (_, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const [x, y] = [(pixel % size.width) - drift * t, Math.floor(pixel / size.width)];
      const wave = Math.sin(x / (3 + channel)) + Math.cos((x + 2 * y) / 7);
      return Math.max(0, Math.min(255, Math.round(128 + 55 * wave + grain * random())));
    }),
  );
  async function* read() {
    yield* frames;
  }
  return { frames, clip: { kind: 'frames', ...size, count, fps: 8, read } as const };
}

describe('two clips', () => {
  const [plain, grainy] = [film(0), film(60)];

  test('PSNR and SSIM are what ffmpeg says', async () => {
    const { tools } = await findFfmpeg();
    const folder = tempFolder();
    const ask = async (filter: string, of: (frame: Uint8Array) => Uint8Array, format: string) => {
      const inputs = [plain, grainy].flatMap(({ frames }, i) => {
        const file = path.join(folder, `${i}.raw`);
        writeFileSync(file, Buffer.concat(frames.map(of)));
        return ['-f', 'rawvideo', '-pix_fmt', format, '-s', `${size.width}x${size.height}`, '-i', file];
      });
      const args = ['-hide_banner', ...inputs, '-lavfi', filter, '-f', 'null', '-'];
      return (await promisify(execFile)(tools!.ffmpeg, args)).stderr;
    };
    const peak = await ask('[0]format=gbrp[a];[1]format=gbrp[b];[a][b]psnr', (frame) => frame, 'rgb24');
    const likeness = await ask('ssim', luma, 'gray');
    const { pair, a } = await measureClips(plain.clip, grainy.clip, nothing);
    const { psnr, ssim } = pairFigures(pair!);
    expect(psnr).toBeCloseTo(Number(/average:([\d.]+)/.exec(peak)?.[1]), 5);
    // ffmpeg rounds its constants to whole numbers.
    expect(ssim).toBeCloseTo(Number(/SSIM Y:([\d.]+)/.exec(likeness)?.[1]), 5);
    expect(psnr).toBeGreaterThan(20);
    expect(ssim).toBeLessThan(0.95);
    expect(a.change).toHaveLength(count);
  });

  test('equal ones have 100 dB and a likeness of 1, and both are read to the end and let go', async () => {
    const { pair, a, b } = await measureClips(plain.clip, film(0).clip, nothing);
    expect(pairFigures(pair!)).toEqual({ psnr: 100, ssim: 1 });
    expect(a).toEqual(b);
    let closed = 0;
    const hooks = { onClose: () => closed++ };
    const [one, other] = [patchClip({ ...size, count: 3 }, hooks), patchClip({ ...size, count: 3 }, hooks)];
    const stopped = measureClips(one, other, async (done) => {
      if (done === 2) throw new Error('enough');
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(closed).toBe(2);
  });

  test('SSIM by hand: flat pictures of 100 and 110, and pictures smaller than a window', () => {
    const flat = (grey: number, length: number) => new Uint8Array(length).fill(grey);
    const c1 = 2.55 ** 2;
    const wanted = (2 * 100 * 110 + c1) / (100 ** 2 + 110 ** 2 + c1);
    expect(ssim(flat(100, 256), flat(110, 256), { width: 16, height: 16 })).toBeCloseTo(wanted, 12);
    expect(ssim(flat(100, 20), flat(110, 20), { width: 5, height: 4 })).toBeCloseTo(wanted, 12);
  });

  test('a heat map shows the largest difference of a pixel, and nothing where there is none', () => {
    const [a, b] = [Uint8Array.from([10, 20, 30, 255, 0, 0, 0, 0]), Uint8Array.from([10, 20, 30, 255, 0, 40, 8, 0])];
    const out = new Uint8ClampedArray(8);
    expect(heatMap(a, b, { out, step: 4, gain: 4 })).toBeCloseTo(40 / 2 / 255, 12);
    expect([...out]).toEqual([...heatColours.subarray(0, 3), 255, ...heatColours.subarray(480, 483), 255]);
  });
});

describe('one clip', () => {
  test("flicker is the quality bench's", async () => {
    const { frames, clip } = film(30);
    const { a, b } = await measureClips(clip, undefined, nothing);
    const data = Uint8Array.from(frames.flatMap((frame) => [...frame]));
    expect(clipFigures(a).flicker).toBeCloseTo(stillness({ data, ...size, frames: count }), 12);
    expect(b).toBeUndefined();
  });

  test('motion is found to the pixel, in large pictures too; standing pictures and flat ones have none', () => {
    const noise = Uint8Array.from({ length: 512 * 512 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 24) & 255);
    const blurred = noise.map(
      (_, i) => (noise[i]! + noise[(i + 1) % noise.length]! + noise[(i + 512) % noise.length]!) / 3,
    );
    const moved = (grey: Uint8Array, x: number) => grey.map((_, i) => grey[i - x] ?? 0);
    const [small, large] = [
      { width: 64, height: 64 },
      { width: 512, height: 512 },
    ];
    const piece = Uint8Array.from({ length: 64 * 64 }, (_, i) => blurred[Math.floor(i / 64) * 512 + (i % 64)]!);
    expect(blockMotion(piece, moved(piece, 3), small)).toBeCloseTo(3, 0);
    // What comes in at the edge has come from nowhere.
    expect(Math.abs(blockMotion(blurred, moved(blurred, 12), large) - 12)).toBeLessThan(0.8);
    expect(blockMotion(piece, piece, small)).toBe(0);
    expect(blockMotion(new Uint8Array(4096).fill(50), new Uint8Array(4096).fill(52), small)).toBe(0);
  });

  test('sharpness is the variance of the Laplacian', () => {
    // One white pixel in the middle of 5 x 5 black ones: the nine inner answers are -1020, four times 255, four times 0.
    const dot = new Uint8Array(25).fill(0);
    dot[12] = 255;
    const answers = [-1020, 255, 255, 255, 255, 0, 0, 0, 0];
    const mean = answers.reduce((sum, one) => sum + one, 0) / 9;
    const variance = answers.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 9;
    expect(sharpness(dot, { width: 5, height: 5 })).toBeCloseTo(variance, 6);
    expect(sharpness(dot.subarray(0, 10), { width: 5, height: 2 })).toBe(0);
  });

  test('luma keeps black, white and greys, and weighs colours by BT.601', () => {
    const of = (...rgb: number[]) => luma(Uint8Array.from(rgb))[0];
    expect([of(0, 0, 0), of(255, 255, 255), of(77, 77, 77)]).toEqual([0, 255, 77]);
    expect([of(255, 0, 0), of(0, 255, 0), of(0, 0, 255)]).toEqual([76, 150, 29]);
    expect(decibels(0.01)).toBeCloseTo(20, 12);
  });
});

describe('clips that do not fit', () => {
  const shape = { width: 64, height: 64, count: 17, fps: 8 };

  test('are compared as far as they do, and it is said how', async () => {
    expect(commonPart(shape, shape).says).toEqual([]);
    const other = { width: 128, height: 96, count: 33, fps: 16 };
    const part = commonPart(shape, other);
    expect(part).toMatchObject({ width: 64, height: 64, count: 17, fps: 8 });
    expect(part.says).toEqual([
      'A has 64 × 64 pixels and B 128 × 96: both are compared at 64 × 64. What hangs over is cut, since their shapes differ.',
      'A shows 8 frames a second and B 16: they are compared 8 times a second.',
    ]);
    expect(commonPart(shape, { ...shape, count: 9 }).says).toEqual([
      'A lasts 2.1 s (17 frames) and B 1.1 s (9): the first 1.1 s are compared.',
    ]);
    const brought = broughtTo(part, patchClip(other), resizeFrames);
    expect(brought).toMatchObject({ width: 64, height: 64, count: 17, fps: 8 });
    expect(await collect(brought.read())).toHaveLength(17);
  });

  test('a picture stands beside every frame of a film', async () => {
    const still = { ...shape, count: 1, fps: 1 };
    const part = commonPart(still, shape);
    expect(part).toMatchObject({ count: 17, fps: 8 });
    expect(part.says).toEqual(['A is a single picture: every frame of B is held against it.']);
    expect(await collect(broughtTo(part, patchClip(still), resizeFrames).read())).toHaveLength(17);
    await expect(measureClips(patchClip(still), patchClip(shape), nothing)).rejects.toThrow(/one size and length/);
  });
});

test('latents are told apart frame by frame, as far as both go', () => {
  const latent = (values: number[], shape: LatentValue['shape'], space = 'wan') =>
    ({ space, shape, data: Float32Array.from(values) }) as const;
  const a = latent([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2]);
  const b = latent([1, 2, 9, 9, 5, 6, 9, 9, 5, 6, 9, 9], [2, 3, 1, 2]);
  // Channel 0: frames (1 2) (3 4), and (1 2) (9 9) (5 6); channel 1: (5 6) (7 8), and (9 9) (5 6) (9 9).
  const root = (...offs: number[]) => Math.sqrt(offs.reduce((sum, off) => sum + off ** 2, 0) / offs.length);
  const [first, second, ...more] = latentDistance(a, b);
  expect(first).toBeCloseTo(root(0, 0, 4, 3), 6);
  expect(second).toBeCloseTo(root(6, 5, 2, 2), 6);
  expect(more).toEqual([]);
  expect(() => latentDistance(a, latent([1, 2], [2, 1, 1, 1]))).toThrow(/differ in size \(2 × 1 and 1 × 1\)/);
  expect(() => latentDistance(a, { ...a, space: 'ltx' })).toThrow(/different kinds/);
});
