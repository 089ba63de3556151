import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attention } from '../../server/inference/onnx/attention';
import { GraphBuilder } from '../../server/inference/onnx/model';
import { conv, gelu, layerNorm, linear, rmsNorm, silu } from '../../server/inference/onnx/ops';
import { openSafetensors } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';
import { integers, Session } from '../../server/inference/session';

const formula = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));

async function stored(tensors: Record<string, TensorToWrite>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-onnx-')));
  await writeFile(join(folder, 'w.safetensors'), encodeSafetensors(tensors));
  return (await openSafetensors(join(folder, 'w.safetensors'))).tensors;
}

const bf16 = (data: Float32Array) => {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return { dtype: 'BF16' as const, bytes: new Uint8Array(Uint16Array.from(bits, (b) => b >>> 16).buffer) };
};

test('a linear layer reads fp32 and bf16 weights out of the checkpoint file', async () => {
  const weight = formula(15, 0.7).map((x) => Math.round(x * 64) / 64); // exact in bf16
  const bias = formula(3, 1.3);
  const file = await stored({
    'a.weight': { shape: [3, 5], data: weight },
    'b.weight': { shape: [3, 5], data: bf16(weight) },
    bias: { shape: [3], data: bias },
  });
  const g = new GraphBuilder('linear');
  const x = g.input('x', 'f32', ['rows', 5]);
  g.output('wide', linear(g, x, file.get('a.weight')!, file.get('bias')));
  g.output('half', linear(g, x, file.get('b.weight')!, file.get('bias')));
  for (const weights of ['mapped', 'resident'] as const) {
    const session = await Session.open('linear', g.finish(), { weights });
    const input = formula(10, 0.2);
    const { wide, half } = await session.run({ x: { data: input, shape: [2, 5] } }, ['wide', 'half']);
    expect(wide.shape).toEqual([2, 3]);
    for (let row = 0; row < 2; row++) {
      for (let out = 0; out < 3; out++) {
        let sum = bias[out]!;
        for (let i = 0; i < 5; i++) sum += input[row * 5 + i]! * weight[out * 5 + i]!;
        expect(wide.data[row * 3 + out]).toBeCloseTo(sum, 5);
        expect(half.data[row * 3 + out]).toBeCloseTo(sum, 5);
      }
    }
    await session.release();
  }
});

test('fused and unfused attention agree with each other and with the definition', async () => {
  const [queries, keys, heads, size] = [3, 4, 2, 4];
  const width = heads * size;
  const run = async (mode: 'fused' | 'unfused') => {
    const g = new GraphBuilder(mode);
    const q = g.input('q', 'f32', [1, 'Q', width]);
    const k = g.input('k', 'f32', [1, 'K', width]);
    const v = g.input('v', 'f32', [1, 'K', width]);
    const bias = g.input('bias', 'f32', [1, 1, 'Q', 'K']);
    g.output('y', attention(g, { q, k, v }, { heads, size, bias, mode }));
    const session = await Session.open(mode, g.finish());
    const { y } = await session.run(
      {
        q: { data: formula(queries * width, 0.3), shape: [1, queries, width] },
        k: { data: formula(keys * width, 0.5), shape: [1, keys, width] },
        v: { data: formula(keys * width, 0.9), shape: [1, keys, width] },
        bias: { data: formula(queries * keys, 2), shape: [1, 1, queries, keys] },
      },
      ['y'],
    );
    await session.release();
    return y;
  };
  const expected = new Float32Array(queries * width);
  const [q, k, v, bias] = [
    formula(queries * width, 0.3),
    formula(keys * width, 0.5),
    formula(keys * width, 0.9),
    formula(queries * keys, 2),
  ];
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < queries; i++) {
      const scores = Array.from({ length: keys }, (_, j) => {
        let dot = 0;
        for (let c = 0; c < size; c++) dot += q[i * width + h * size + c]! * k[j * width + h * size + c]!;
        return Math.exp(dot / Math.sqrt(size) + bias[i * keys + j]!);
      });
      const total = scores.reduce((a, b) => a + b);
      for (let c = 0; c < size; c++) {
        expected[i * width + h * size + c] = scores.reduce(
          (sum, s, j) => sum + (s / total) * v[j * width + h * size + c]!,
          0,
        );
      }
    }
  }
  for (const mode of ['fused', 'unfused'] as const) {
    const { data } = await run(mode);
    for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 5);
  }
});

test('norms, activations and convolution follow their formulas', async () => {
  const file = await stored({ kernel: { shape: [2, 3, 2, 1, 1], data: formula(12, 0.4) } });
  const g = new GraphBuilder('norms');
  const x = g.input('x', 'f32', ['rows', 4]);
  const scale = g.floats([1, 2, 3, 4]);
  g.output('layer', layerNorm(g, x, { scale, bias: g.floats([1, 0, 0, -1]), eps: 1e-6 }));
  g.output('rms', rmsNorm(g, x, scale, 1e-6));
  g.output('silu', silu(g, x));
  g.output('gelu', gelu(g, x));
  g.output('conv', conv(g, g.input('clip', 'f32', [1, 3, 'T', 1, 1]), { weight: file.get('kernel')! }));
  g.output('gathered', g.op('Gather', [x, g.input('rows', 'i64', ['n'])]));
  const session = await Session.open('norms', g.finish());
  const row = [0.5, -1, 2, 0.25];
  const clip = formula(9, 0.6);
  const out = await session.run(
    {
      x: { data: Float32Array.from(row), shape: [1, 4] },
      clip: { data: clip, shape: [1, 3, 3, 1, 1] },
      rows: integers([0, 0]),
    },
    ['layer', 'rms', 'silu', 'gelu', 'conv', 'gathered'],
  );
  const mean = row.reduce((a, b) => a + b) / 4;
  const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / 4;
  const power = row.reduce((a, b) => a + b * b, 0) / 4;
  for (const [i, value] of row.entries()) {
    const [weight, shift] = [[1, 2, 3, 4][i]!, [1, 0, 0, -1][i]!];
    expect(out.layer.data[i]).toBeCloseTo(((value - mean) / Math.sqrt(variance + 1e-6)) * weight + shift, 5);
    expect(out.rms.data[i]).toBeCloseTo((value / Math.sqrt(power + 1e-6)) * weight, 5);
    expect(out.silu.data[i]).toBeCloseTo(value / (1 + Math.exp(-value)), 6);
    const tanh = Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3));
    expect(out.gelu.data[i]).toBeCloseTo(0.5 * value * (1 + tanh), 6);
  }
  expect(out.gathered.shape).toEqual([2, 4]);
  const kernel = formula(12, 0.4);
  for (let o = 0; o < 2; o++) {
    for (let t = 0; t < 2; t++) {
      let sum = 0;
      for (let c = 0; c < 3; c++) {
        for (let k = 0; k < 2; k++) sum += clip[c * 3 + t + k]! * kernel[(o * 3 + c) * 2 + k]!;
      }
      expect(out.conv.data[o * 2 + t]).toBeCloseTo(sum, 5);
    }
  }
  await session.release();
});
