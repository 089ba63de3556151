import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { ropeFrequencies, ropeTables } from '../../server/inference/families/ltx/rope';
import { LtxTransformer } from '../../server/inference/families/ltx/transformer';
import { transformerConfig, transformerShapes } from '../../server/inference/families/ltx/transformer-config';
import { formulaCheckpoint, ramp, summary } from './formula-weights';
import { absolute, conditioning } from './parity-files';

const open: LtxTransformer[] = [];
afterAll(async () => {
  for (const transformer of open) await transformer.release();
});

const clip = { time: 8, scale: 32, timing: 'even', fps: 25 } as const;
const tiny = (layers = 1) =>
  transformerConfig.parse({
    _class_name: 'LTXVideoTransformer3DModel',
    in_channels: 8,
    out_channels: 8,
    num_attention_heads: 4,
    attention_head_dim: 8,
    cross_attention_dim: 32,
    num_layers: layers,
    caption_channels: 32,
  });

async function load(layers: number, mode: 'fused' | 'unfused' = 'fused', pieceBytes?: number) {
  const config = tiny(layers);
  const checkpoint = await formulaCheckpoint(transformerShapes(config));
  const transformer = new LtxTransformer({ config, checkpoint }, clip, { name: 'cpu', attention: mode }, pieceBytes);
  open.push(transformer);
  return transformer;
}

/** R(8 tokens, 8 channels) lies token by token, a latent channel by channel. */
const latent = Float32Array.from({ length: 64 }, (_, i) => ramp(64)[(i % 8) * 8 + Math.floor(i / 8)]!);
const call = (timesteps: number | readonly number[]) => ({
  latent,
  shape: [8, 2, 2, 2] as const,
  timesteps,
  // Five words and three places of padding, which LTX masks.
  text: { ...conditioning({ data: ramp(8 * 32), shape: [5, 32] }, 8) },
});

test('formula weights give the golden numbers of a forward pass', async () => {
  expect(transformerShapes(tiny()).size).toBe(40);
  const velocity = await (await load(1)).predict(call(1000));
  const byToken = velocity.map((_, i) => velocity[(i % 8) * 8 + Math.floor(i / 8)]!);
  const golden = [44.336051, 9.070041, -1.285588, -0.680599, 0.271173, 1.10235, 1.107388, 0.194265, -0.782427];
  for (const [i, value] of summary(byToken).entries()) expect(value).toBeCloseTo(golden[i]!, i < 2 ? 3 : 5);
});

test('pieces of one block, attention in parts and equal times per frame change nothing', async () => {
  const whole = await (await load(3)).predict(call(700));
  for (const other of [await load(3, 'fused', 1), await load(3, 'unfused')]) {
    expect(absolute(await other.predict(call(700)), whole)).toBeLessThan(1e-5);
    expect(absolute(await other.predict(call([700, 700])), whole)).toBeLessThan(1e-5);
    expect(absolute(await other.predict(call([0, 700])), whole)).toBeGreaterThan(1e-2);
  }
});

test('what does not fit is a sentence', async () => {
  const transformer = await load(1);
  await expect(transformer.predict({ ...call(1), shape: [4, 2, 4, 2] })).rejects.toThrow(/8 channels.*same model/);
  await expect(transformer.predict(call([1, 2, 3]))).rejects.toThrow(/3 timesteps .* 2 latent frames/);
  const text = conditioning({ data: ramp(16), shape: [1, 16] }, 8);
  await expect(transformer.predict({ ...call(1), text })).rejects.toThrow(/width 32 .* text encoder of the same model/);
  expect(() => transformerConfig.parse({ ...tiny(), cross_attention_dim: 48 })).toThrow(/captions/);
});

test('the frequencies of the rotary embedding are those of torch to the last bit', () => {
  const hash = (count: number) =>
    createHash('sha256')
      .update(new Uint8Array(ropeFrequencies(count).buffer))
      .digest('hex');
  // Of the 2B model and of the 13B one.
  expect(hash(341)).toBe('8a21a064a1bc97effb6ef8dc278dbcce8c62a9a678a7ceb9ac2358c77a2db505');
  expect(hash(682)).toBe('4c1b976b00b2401345628c51ab8e75bcdad83060aac3608a3847f58b5f623bb9');
});

test('tokens turn by their place in seconds and pixels; what is over the sixths of the width stays', () => {
  const places = { frames: 3, rows: 1, columns: 2, time: 8, scale: 32, fps: 25 } as const;
  const [even, causal] = (['even', 'causal'] as const).map((timing) => ropeTables({ ...places, timing }, 14));
  // Width 14: one pair that stays, then two frequencies (π/2 and 10000 π/2) of three axes.
  const angle = (table: typeof even, token: number, pair: number) =>
    Math.atan2(table!.sin[7 * token + pair]!, table!.cos[7 * token + pair]!);
  for (let token = 0; token < 6; token++) expect(angle(even, token, 0)).toBe(0);
  expect(angle(even, 4, 1)).toBeCloseTo((Math.PI / 2) * ((2 * 16) / 25 / 20 - 1), 6);
  expect(angle(causal, 4, 1)).toBeCloseTo((Math.PI / 2) * ((2 * 9) / 25 / 20 - 1), 6);
  expect(angle(causal, 0, 1)).toBeCloseTo(-Math.PI / 2, 6);
  expect(angle(even, 1, 3)).toBeCloseTo((Math.PI / 2) * ((2 * 32) / 2048 - 1), 6);
});

test('the published configs ask for the published number of tensors and weights', () => {
  const count = (shapes: ReadonlyMap<string, readonly number[]>) =>
    [...shapes.values()].reduce((total, shape) => total + shape.reduce((a, b) => a * b, 1), 0);
  const small = transformerShapes(transformerConfig.parse({ _class_name: 'LTXVideoTransformer3DModel' }));
  expect(small.size).toBe(715);
  expect(Math.round(count(small) / 1e6)).toBe(1923);
  const large = { attention_head_dim: 128, cross_attention_dim: 4096, num_layers: 48 };
  const shapes = transformerShapes(transformerConfig.parse({ _class_name: 'LTXVideoTransformer3DModel', ...large }));
  expect(Math.round(count(shapes) / 1e6)).toBe(13043);
});
