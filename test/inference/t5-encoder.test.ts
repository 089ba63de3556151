import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../server/inference/checkpoint';
import { textEncoderConfig, textEncoderShapes } from '../../server/inference/families/shared/t5-config';
import { T5Encoder } from '../../server/inference/families/shared/t5-encoder';
import { formulaCheckpoint, summary } from './formula-weights';
import { cases, parityFolder, readTensors, relative } from './parity-files';

test.each([
  ['umt5', [413.724617, -0.506702, -0.370942, 0.677263, 1.464313, 1.459659, 1.300065, 1.015349, 0.11486]],
  ['t5', [420.405772, 1.98308, -0.775245, 0.366336, 1.390638, 1.730563, 0.984233, 0.958503, 0.336484]],
] as const)('formula weights give the golden numbers of a %s encoder', async (model_type, golden) => {
  const config = textEncoderConfig.parse({
    model_type,
    vocab_size: 100,
    d_model: 32,
    d_kv: 8,
    d_ff: 64,
    num_layers: 2,
    num_heads: 4,
    feed_forward_proj: 'gated-gelu',
  });
  const tied = [100, 32] as const;
  const shapes = textEncoderShapes(config).set('shared.weight', tied).set('encoder.embed_tokens.weight', tied);
  const encoder = new T5Encoder(config, await formulaCheckpoint(shapes));
  const states = await encoder.encode(Array.from({ length: 15 }, (_, i) => ((7 * i) % 97) + 2));
  for (const [i, value] of summary(states).entries()) expect(value).toBeCloseTo(golden[i]!, i < 2 ? 3 : 5);
  await encoder.release();
});

test.each(cases.map((about) => [about.id, about] as const))(
  '%s: token ids become the states of transformers',
  async (_, about) => {
    const folder = `${parityFolder}/${about.folder}/text_encoder`;
    const config = textEncoderConfig.parse(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')));
    const encoder = new T5Encoder(config, await openCheckpoint(folder));
    const tensors = readTensors(about.file);
    for (const [ids, name] of [
      [about.expected.prompt_token_ids, 'prompt_embeds'],
      [about.expected.negative_token_ids, 'negative_embeds'],
    ] as const) {
      const reference = tensors.get(name);
      if (!ids || !reference) continue;
      const states = await encoder.encode(ids);
      expect([ids.length, config.d_model]).toEqual(reference.shape);
      expect(relative(states, reference.data)).toBeLessThan(1e-5);
    }
    await encoder.release();
  },
);
