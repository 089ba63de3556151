import { expect, test } from 'vitest';
import { differences, type MadeWith, verdict } from '../../nodes/made-with';

const made: MadeWith = {
  ...{ skein: '0.1.0', node: '22.1.0', onnxruntime: '1.30.0', ffmpeg: '7.1' },
  device: { provider: 'cpu', key: 'cpu/fp32', says: 'Computing on cpu.' },
  models: { gosling: { title: 'Gosling', digest: 'a'.repeat(64) }, wan: { title: 'Wan', digest: 'c'.repeat(64) } },
  nodes: { denoiser: 1, 'old-node': 1 },
};

test('nothing differs where all is as it was; more here than there is no difference', () => {
  expect(differences(made, { ...made, models: { ...made.models, other: made.models['wan']! } })).toEqual([]);
});

test('what weighs most comes first, each with a sentence', () => {
  const here: MadeWith = {
    ...{ skein: '0.2.0', node: '24.0.0', onnxruntime: '1.31.0' },
    device: { provider: 'cuda', key: 'cuda/fp32', says: '' },
    models: { gosling: { title: 'Gosling', digest: 'b'.repeat(64) } },
    nodes: { denoiser: 2 },
  };
  const found = differences(made, here);
  expect(found.map(({ weight }) => weight)).toEqual([
    ...Array(4).fill('result'),
    ...Array(3).fill('rounding'),
    ...Array(2).fill('file'),
  ]);
  const says = found.map((one) => one.says).join('\n');
  for (const sentence of [
    'The model Gosling has other weights here (bbbbbbbb, there aaaaaaaa).',
    'The model Wan is not here.',
    'The node "denoiser" is version 2 here, and was version 1',
    'The node "old-node" is not known here.',
    'It was computed on cpu/fp32, here on cuda/fp32',
    'onnxruntime 1.30.0 there, 1.31.0 here.',
    'ffmpeg 7.1 there, missing here.',
  ])
    expect(says).toContain(sentence);
});

test('the verdict: byte for byte, number for number, from which node on, or unknown', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
  const order = ['noise', 'denoiser', 'vae', 'muxer'];
  const expected = { noise: { noise: a }, denoiser: { clip: b }, vae: { frames: c } };
  const found = { ...expected, muxer: { video: a } };
  expect(verdict({ expected, found, order, file: a })).toEqual({ is: 'same-file' });
  expect(verdict({ expected, found: { ...found, muxer: { video: b } }, order, file: 'd'.repeat(64) })).toEqual({
    ...{ is: 'same-results', compared: 3 },
  });
  const other = { ...found, denoiser: { clip: c }, vae: { frames: a } };
  expect(verdict({ expected, found: other, order })).toEqual({ is: 'other', nodes: ['denoiser', 'vae'], compared: 3 });
  expect(verdict({ expected: {}, found, order })).toEqual({ is: 'unknown' });
});
