import { expect, test } from 'vitest';
import { strengthFeeds } from '../../server/inference/onnx/deltas';
import { GraphBuilder } from '../../server/inference/onnx/model';
import { conv, linear } from '../../server/inference/onnx/ops';
import { readRows, type StoredTensor } from '../../server/inference/safetensors';
import { Session } from '../../server/inference/session';
import { fp8, narrow, store } from './store-weights';

const formula = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));
const found = (tensors: Map<string, StoredTensor>, name: string): StoredTensor => {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no ${name}`);
  return tensor;
};

test.each(['mapped', 'resident'] as const)('fp8 weights are multiplied by their scale, %s', async (weights) => {
  const weight = formula(12, 0.7);
  const rows = Float32Array.of(2, 0.5, 3);
  const { bytes, widened } = fp8(weight);
  const tensors = await store({
    w: { shape: [3, 4], data: { dtype: 'F8_E4M3', bytes } },
    one: { shape: [], data: Float32Array.of(0.25) },
    rows: { shape: [3], data: narrow(rows, 'BF16') },
  });
  const w = found(tensors, 'w');
  const [one, each] = [
    { ...w, name: 'a', scale: found(tensors, 'one') },
    { ...w, name: 'b', scale: found(tensors, 'rows') },
  ];
  const g = new GraphBuilder('fp8');
  const x = g.input('x', 'f32', ['rows', 4]);
  g.output('one', linear(g, x, one));
  g.output('each', linear(g, x, each));
  const session = await Session.open('fp8', g.finish(), { weights });
  const input = formula(4, 0.3);
  const out = await session.run({ x: { data: input, shape: [1, 4] } }, ['one', 'each']);
  await session.release();
  for (let row = 0; row < 3; row++) {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += input[i]! * widened[row * 4 + i]!;
    expect(out.one.data[row]).toBeCloseTo(0.25 * sum, 5);
    expect(out.each.data[row]).toBeCloseTo(rows[row]! * sum, 5);
  }
  const read = await readRows(each, [2, 0]);
  expect([...read]).toEqual([...widened.slice(8).map((v) => 3 * v), ...widened.slice(0, 4).map((v) => 2 * v)]);
});

test('low-rank and full deltas follow their strengths, in matrices and in convolutions, without a new session', async () => {
  const tensors = await store({
    w: { shape: [3, 4], data: formula(12, 0.7) },
    bias: { shape: [3], data: formula(3, 1.1) },
    down: { shape: [2, 4], data: formula(8, 0.2) },
    up: { shape: [3, 2], data: formula(6, 0.9) },
    full: { shape: [3], data: formula(3, 2) },
  });
  const [down, up, full] = [found(tensors, 'down'), found(tensors, 'up'), found(tensors, 'full')];
  const low = { lora: 0, factor: 0.5, down, up };
  const weight = { ...found(tensors, 'w'), deltas: [low] };
  const bias = { ...found(tensors, 'bias'), deltas: [{ lora: 1, full }] };
  const g = new GraphBuilder('deltas');
  g.output('flat', linear(g, g.input('x', 'f32', ['rows', 4]), weight, bias));
  g.output('conv', conv(g, g.input('clip', 'f32', [1, 4, 1]), { weight, bias, shape: [3, 4, 1] }));
  const session = await Session.open('deltas', g.finish());
  const input = formula(4, 0.3);
  for (const [a, b] of [
    [0, 0],
    [1, 0],
    [-0.5, 2],
  ] as const) {
    const out = await session.run(
      { x: { data: input, shape: [1, 4] }, clip: { data: input, shape: [1, 4, 1] }, ...strengthFeeds([a, b, 7]) },
      ['flat', 'conv'],
    );
    for (let row = 0; row < 3; row++) {
      let sum = formula(3, 1.1)[row]! + b * formula(3, 2)[row]!;
      for (let i = 0; i < 4; i++) {
        const merged = [0, 1].reduce((m, r) => m + formula(6, 0.9)[row * 2 + r]! * formula(8, 0.2)[r * 4 + i]!, 0);
        sum += input[i]! * (formula(12, 0.7)[row * 4 + i]! + a * 0.5 * merged);
      }
      expect(out.flat.data[row]).toBeCloseTo(sum, 5);
      expect(out.conv.data[row]).toBeCloseTo(sum, 5);
    }
  }
  await session.release();
});
