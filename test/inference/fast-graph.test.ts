import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quantise } from '../../server/inference/int8';
import { largestInt8 } from '../../server/inference/int8-reach';
import { strengthFeeds } from '../../server/inference/onnx/deltas';
import type { Int8Weight } from '../../server/inference/onnx/int8';
import { GraphBuilder } from '../../server/inference/onnx/model';
import { gelu, linear } from '../../server/inference/onnx/ops';
import { openSafetensors, type StoredTensor } from '../../server/inference/safetensors';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { Session } from '../../server/inference/session';
import { relative } from './parity-files';

const [out, width, rows, rank] = [70, 48, 5, 3];
const wave = (count: number, speed: number, size = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => size * Math.sin(speed * i + speed) * Math.cos(0.017 * i));
const weights = wave(out * width, 0.61, 0.05).map((x, i) => x * (1 + Math.floor(i / width)));
const bias = wave(out, 0.9);
const lora = { down: wave(rank * width, 0.31), up: wave(out * rank, 0.47), full: wave(out * width, 0.83, 0.1) };
/** Rows of very different size, and one of nothing at all. */
const x = wave(rows * width, 0.77).map((value, i) => value * [1, 1e-3, 200, 0, 5][Math.floor(i / width)]!);

let folder = '';
let stored: Record<string, StoredTensor>;
const { values, scales } = quantise(weights, out, 127);
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-int8-')));
  const path = join(folder, 'weights.safetensors');
  const tensors = {
    weight: { shape: [out, width], data: weights },
    bias: { shape: [out], data: bias },
    values: { shape: [width, out], data: { dtype: 'I8' as const, bytes: new Uint8Array(values.buffer) } },
    scales: { shape: [out], data: scales },
    down: { shape: [rank, width], data: lora.down },
    up: { shape: [out, rank], data: lora.up },
    full: { shape: [out, width], data: lora.full },
  };
  await writeFile(path, encodeSafetensors(tensors));
  stored = Object.fromEntries((await openSafetensors(path)).tensors);
});
afterAll(() => rm(folder, { recursive: true }));

async function product(about: {
  by: Int8Weight['by'];
  weights: 'mapped' | 'resident';
  strength?: number;
  of?: Float32Array;
}) {
  const g = new GraphBuilder('int8');
  const { by, strength } = about;
  const int8 = { values: stored['values']!, scales: stored['scales']!, by };
  const changed = [
    { lora: 0, factor: 0.5, down: stored['down']!, up: stored['up']! },
    { lora: 0, full: stored['full']! },
  ];
  const deltas = strength === undefined ? {} : { deltas: changed };
  g.output(
    'y',
    linear(g, g.input('x', 'f32', ['N', width]), { ...stored['weight']!, int8, ...deltas }, stored['bias']),
  );
  const session = await Session.open('int8', g.finish(), { weights: about.weights });
  try {
    const feeds = {
      x: { data: about.of ?? x, shape: [rows, width] },
      ...strengthFeeds(strength === undefined ? [] : [strength]),
    };
    return (await session.run(feeds, ['y'])).y.data;
  } finally {
    await session.release();
  }
}

/** In float64: x rounded as `bytes` says, the weights as they were rounded. */
function expected(bytes: (row: Float32Array) => Float32Array, of: Float32Array = x): Float32Array {
  const y = new Float32Array(rows * out);
  for (let row = 0; row < rows; row++) {
    const rounded = bytes(of.subarray(row * width, (row + 1) * width));
    for (let o = 0; o < out; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < width; i++) sum += rounded[i]! * values[i * out + o]! * scales[o]!;
      y[row * out + o] = sum;
    }
  }
  return y;
}

const rounded = (value: number) => {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
};

test.each(['resident', 'mapped'] as const)('%s: rows are rounded each by its own largest number', async (how) => {
  const byRow = expected((row) => {
    const factor = Math.max(1e-30, ...row.map(Math.abs)) / 127;
    return row.map((value) => rounded(value / factor) * factor);
  });
  const found = await product({ by: 'row', weights: how });
  expect(relative(found, byRow)).toBeLessThan(1e-5);
  // Each row by itself: the small one, and that of zeros, are not drowned by the large one.
  for (let row = 0; row < rows; row++) {
    const part = (all: Float32Array) => all.subarray(row * out, (row + 1) * out);
    expect(relative(part(found), part(byRow))).toBeLessThan(1e-4);
  }
});

test('behind a GELU, bytes are spent on what is positive: steps of 1/223 of the largest, where 1/127 was', async () => {
  const g = new GraphBuilder('behind-gelu');
  const int8 = { values: stored['values']!, scales: stored['scales']!, by: 'row' as const };
  const hidden = gelu(g, g.input('x', 'f32', ['N', width]));
  g.output('hidden', { name: hidden.name });
  g.output('y', linear(g, hidden, { ...stored['weight']!, int8 }, stored['bias']));
  const session = await Session.open('behind a GELU', g.finish());
  const found = await session.run({ x: { data: x, shape: [rows, width] } }, ['y', 'hidden']);
  await session.release();
  const fine = expected((row) => {
    // A row of small numbers has no step below that of the GELU's least value, which its 32 bytes must hold.
    const factor = Math.max(Math.max(...row) / 223, 0.1701 / 32);
    return row.map((value) => rounded(value / factor) * factor);
  }, found.hidden.data);
  const coarse = expected((row) => {
    const factor = Math.max(1e-30, ...row.map(Math.abs)) / 127;
    return row.map((value) => rounded(value / factor) * factor);
  }, found.hidden.data);
  expect(relative(found.y.data, fine)).toBeLessThan(1e-5);
  expect(relative(found.y.data, coarse)).toBeGreaterThan(1e-3);
});

test('what rows leave over is rounded once more: a number far above all others drowns none of them', async () => {
  const exact = expected((row) => row);
  const steep = x.map((value, i) => (i % width === 7 ? 100 * value : value));
  const of = async (by: Int8Weight['by'], weights: 'mapped' | 'resident' = 'mapped') => {
    const off = (found: Float32Array, wanted: Float32Array) =>
      [0, 1, 2, 4].map((row) =>
        relative(found.subarray(row * out, row * out + out), wanted.subarray(row * out, row * out + out)),
      );
    return {
      plain: off(await product({ by, weights }), exact),
      steep: off(
        await product({ by, weights, of: steep }),
        expected((row) => row, steep),
      ),
    };
  };
  const [once, twice] = [await of('row'), await of('row-twice')];
  // Of 1/127 of the largest number of a row, 1/254 is left; the float64 beside it has the weights as they were rounded.
  for (const row of [...twice.plain, ...twice.steep]) expect(row).toBeLessThan(1e-4);
  expect(Math.max(...once.steep)).toBeGreaterThan(1e-3);
  expect((await of('row-twice', 'resident')).steep.every((row) => row < 1e-4)).toBe(true);
});

test('all of x at once, where rows would cost more than the products', async () => {
  const [low, high] = [Math.min(...x), Math.max(...x)];
  const factor = (high - low) / 255;
  const zero = rounded(-low / factor);
  const byTensor = expected((row) => row.map((value) => (rounded(value / factor + zero) - zero) * factor));
  expect(relative(await product({ by: 'tensor', weights: 'resident' }), byTensor)).toBeLessThan(1e-4);
});

test.each(['row', 'row-twice', 'tensor'] as const)('by %s: what LoRAs add is not rounded', async (by) => {
  const plain = await product({ by, weights: 'resident' });
  const strength = 0.7;
  const changed = await product({ by, weights: 'resident', strength });
  const wanted = new Float32Array(rows * out);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        let delta = lora.full[o * width + i]!;
        for (let r = 0; r < rank; r++) delta += 0.5 * lora.up[o * rank + r]! * lora.down[r * width + i]!;
        sum += strength * delta * x[row * width + i]!;
      }
      wanted[row * out + o] = sum;
    }
  const added = changed.map((value, i) => value - plain[i]!);
  expect(relative(added, wanted)).toBeLessThan(1e-5);
});

// On a CPU the runtime takes the roundings away again: this shows what is multiplied by what, and not how it is rounded.
test('a product in fp16 is that product, and what LoRAs add is not rounded', async () => {
  const made = async (strength?: number) => {
    const g = new GraphBuilder('half');
    const deltas = strength === undefined ? {} : { deltas: [{ lora: 0, full: stored['full']! }] };
    const weight = { ...stored['weight']!, isHalf: true, ...deltas };
    g.output('y', linear(g, g.input('x', 'f32', ['N', width]), weight, stored['bias']));
    const session = await Session.open('half', g.finish());
    const feeds = { x: { data: x, shape: [rows, width] }, ...strengthFeeds(strength === undefined ? [] : [strength]) };
    const { y } = await session.run(feeds, ['y']);
    await session.release();
    return y.data;
  };
  const exact = new Float32Array(rows * out);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < out; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < width; i++) sum += x[row * width + i]! * weights[o * width + i]!;
      exact[row * out + o] = sum;
    }
  const found = await made();
  expect(relative(found, exact)).toBeLessThan(1e-3);
  const added = (await made(1)).map((value, i) => value - found[i]!);
  const wanted = new Float32Array(rows * out);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < out; o++)
      for (let i = 0; i < width; i++) wanted[row * out + o]! += x[row * width + i]! * lora.full[o * width + i]!;
  expect(relative(added, wanted)).toBeLessThan(1e-5);
});

test('weights are rounded to the nearest, and channels of zeros stay zeros', () => {
  const mixed = weights.slice();
  mixed.fill(0, 0, width);
  for (const top of [127, 64]) {
    const made = quantise(mixed, out, top);
    expect(Math.max(...made.values.map(Math.abs))).toBe(top);
    for (let o = 0; o < out; o++)
      for (let i = 0; i < width; i++) {
        const off = mixed[o * width + i]! - made.values[i * out + o]! * made.scales[o]!;
        expect(Math.abs(off)).toBeLessThanOrEqual(made.scales[o]! * 0.5001);
      }
    expect(made.scales[0]).toBe(0);
  }
});

test('this processor was asked how large weights may be', async () => {
  expect([64, 127]).toContain(await largestInt8());
});
