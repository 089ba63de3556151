import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { LatentValue } from '../../nodes/values';
import { previewOf } from '../../server/worker/preview';

const latent = (shape: LatentValue['shape'], at: (c: number, t: number) => number): LatentValue => {
  const [channels, frames, height, width] = shape;
  const plane = height * width;
  const data = new Float32Array(channels * frames * plane);
  for (let c = 0; c < channels; c++)
    for (let t = 0; t < frames; t++) data.fill(at(c, t), (c * frames + t) * plane, (c * frames + t + 1) * plane);
  return { kind: 'latent', space: 'test', data, shape };
};
const map = {
  weights: [
    [1, 0],
    [0, 1],
    [0.5, -0.5],
  ],
  bias: [0, 0, 0.25],
};

test('a preview shows every latent frame side by side in the colours of the map', async () => {
  const preview = await previewOf(
    latent([2, 3, 8, 16], (c, t) => (c ? -0.5 : 0.5 * t - 0.5)),
    map,
  );
  expect(preview).toMatchObject({ width: 64, height: 32, frames: 3 });
  const bytes = Buffer.from(preview!.url.replace('data:image/webp;base64,', ''), 'base64');
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([192, 32]);
  for (let t = 0; t < 3; t++) {
    const at = (16 * info.width + t * 64 + 32) * info.channels;
    const [a, b] = [0.5 * t - 0.5, -0.5];
    const wanted = [a, b, 0.5 * a - 0.5 * b + 0.25].map((value) => (value + 1) * 127.5);
    for (let color = 0; color < 3; color++) expect(Math.abs(data[at + color]! - wanted[color]!)).toBeLessThan(8);
  }
});

test('without a map, or with one for another model, there is no preview; long clips are thinned out', async () => {
  const clip = latent([2, 1, 4, 4], () => 0);
  expect(await previewOf(clip, undefined)).toBeNull();
  expect(await previewOf(clip, { weights: [[1], [1], [1]], bias: [0, 0, 0] })).toBeNull();
  expect(
    await previewOf(
      latent([2, 300, 4, 4], () => 0),
      map,
    ),
  ).toMatchObject({ frames: 32 });
  expect(
    (
      await previewOf(
        latent([2, 21, 60, 104], () => 9),
        map,
      )
    )?.url.length,
  ).toBeLessThan(60_000);
});
