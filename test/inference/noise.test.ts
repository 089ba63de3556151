import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { torchNoise } from '../../server/inference/noise';
import { Mt19937 } from '../../server/inference/noise-mt19937';

const parity = path.resolve(import.meta.dirname, '../parity');

const sha256 = (values: Float32Array) => createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
const hex = (values: Float32Array) =>
  [...new Uint32Array(values.buffer)].map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('noise equals torch.randn on the CPU', () => {
  test.each([
    [0, 15, 'feb39d97c8afee245f21d052413d07b2de3a4973c2085d7ed18ba5070e9c7a28'],
    [0, 16, '7648137a31024642604465428f1598d06f595259ac993612918498d7cde9b70c'],
    [0, 17, '6d2169852e19b6d18ed57d5a11b37c14723e147e06b2b3868a4e6d8a30017923'],
    // Made with torch 2.13.0; a million values meet every branch of the polynomials, and 1,000,003 leaves a tail.
    [7, 1_000_003, 'ad521dccb4bc1400508eba77a38e216ff822aacff4dfe42f28f64d0438e817e8'],
    [2 ** 32 + 9, 1_000_003, '74ebcb9875e026ee2f154efd7e51b3ce5a5cca26ad31d5d049b1d4fd9e33445b'],
    [123456789, 1_000_003, '613d4bd9c7f6fde9356b19f8f41acac7c858be46920647f0fca7b2e0faf832e3'],
  ])('seed %i, %i values', (seed, count, expected) => {
    expect(sha256(torchNoise(seed).normal(count))).toBe(expected);
  });

  test('the first values of seeds 42 and 0, bit by bit', () => {
    expect(hex(torchNoise(42).normal(16))).toBe(
      '3ff6a529 3fbe5f53 3f669567 c006c0db 3f2dacd5 bf9e0591 bd306786 bfcd65ba bf408bf0 3fd3095b bec8f2f6 bfb3a966 bf3a566e bf0f36d1 bf44d2a0 3f432f9f',
    );
    expect(torchNoise(0).normal(15)[0]).toBe(Math.fround(1.54099607));
  });

  test('a stream read in pieces of changing size, with the second value kept between them', () => {
    const source = torchNoise(5);
    const hash = createHash('sha256');
    for (const count of [3, 16, 1, 40, 5]) hash.update(new Uint8Array(source.normal(count).buffer));
    expect(hash.digest('hex')).toBe('6e070ae8a8776e7f3d40c908b61ea2f6a435a78ff881e3845a57187e3e16ce51');
  });

  const { cases } = JSON.parse(fs.readFileSync(path.join(parity, 'cases.json'), 'utf8')) as ParityCases;
  test.each(cases)('the initial latent of $id', ({ seed, expected }) => {
    const count = expected.latent_shape.reduce((a, b) => a * b, 1);
    expect(sha256(torchNoise(seed).normal(count))).toBe(expected.noise_sha256);
  });
});

describe('seeds', () => {
  test('only the low 32 bits count', () => {
    expect(torchNoise(2 ** 32 + 3).normal(20)).toEqual(torchNoise(3).normal(20));
    expect(torchNoise(-1).normal(20)).toEqual(torchNoise(2 ** 32 - 1).normal(20));
  });

  test('uniform numbers are those of torch.rand', () => {
    const generator = new Mt19937(0);
    const values = Array.from({ length: 4 }, () => (generator.word() & 0xffffff) / 2 ** 24);
    expect(values).toEqual([0.49625659, 0.768221796, 0.0884774327, 0.132030487].map(Math.fround));
  });

  test.each([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is refused with a remedy', (seed) => {
    expect(() => torchNoise(seed)).toThrow(/whole number/);
  });
});

/** The part of `cases.json` that is read here; the file is committed, so its shape is known. */
interface ParityCases {
  cases: { id: string; seed: number; expected: { latent_shape: number[]; noise_sha256: string } }[];
}
