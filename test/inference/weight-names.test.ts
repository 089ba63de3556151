import { expect, test } from 'vitest';
import { indexNameOf, weightSets } from '../../server/inference/weight-names';

const taken = (...names: string[]) => weightSets(names)[0];

test('plain weights go before variants, the more exact variant before others, strange ones last', () => {
  const file = (variant: string) => `model.${variant}.safetensors`;
  expect(taken(file('fp16'), 'model.safetensors', file('fp32'))).toEqual({ variant: '', files: ['model.safetensors'] });
  const order = ['ema', 'fp8', 'bf16', 'fp16', 'fp32', 'non_ema'];
  expect(weightSets(order.map(file)).map(({ variant }) => variant)).toEqual([
    ...['fp32', 'fp16', 'bf16', 'ema', 'fp8', 'non_ema'],
  ]);
});

test.each([
  ['model.fp16-00001-of-00002.safetensors', 'model.safetensors.index.fp16.json'],
  ['model-00001-of-00002.fp16.safetensors', 'model.safetensors.fp16.index.json'],
  ['model.fp16-00001-of-00002.safetensors', 'model.fp16.safetensors.index.json'],
])('shards of a variant: %s with %s', (shard, index) => {
  expect(taken(shard, index, 'config.json')).toEqual({ variant: 'fp16', index, files: [shard] });
  // Shards without an index are no weights, and an index alone is the last resort.
  expect(taken(shard)).toBeUndefined();
  expect(taken(shard, index, 'model.safetensors.index.json')?.variant).toBe('fp16');
  expect(taken('model.safetensors.index.json')?.files).toEqual([]);
});

test('names that only look like weights are left alone', () => {
  const strange = ['model.fp16.bf16-00001-of-00002.safetensors', 'w.safetensors', 'model.onnx', 'model..safetensors'];
  expect(weightSets(strange)).toEqual([]);
  expect(indexNameOf('model.bf16-00001-of-00002.safetensors')).toBe('model.safetensors.index.bf16.json');
  expect(indexNameOf('t5-00001-of-00002.safetensors')).toBe('t5.safetensors.index.json');
  expect(indexNameOf('model.safetensors')).toBeNull();
});
