import { expect, test } from 'vitest';
import type { Machine } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { ModelCard } from '../../nodes/values';
import { brokenCard } from '../../server/inference/card';
import { WanTransformer } from '../../server/inference/families/wan/transformer';
import { transformerConfig, transformerShapes } from '../../server/inference/families/wan/transformer-config';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import { torchNoise } from '../../server/inference/noise';
import { sha256 } from '../../server/inference/sha256';
import { formulaCheckpoint, ramp, summary } from './formula-weights';
import { conditioning } from './parity-files';
import { decode, openFormula, tiny } from './vae-fixtures';

/** Runs of diffusers' WanPipeline on formula weights: 16x16 pixels, 9 frames, seed 0, guidance 6, Euler. */
test.each([
  [
    'shift 7, 2 steps',
    7,
    2,
    [147.742797, 3.298519, -1.023351, -1.451566, -0.010528, -0.717527, -1.20558, -1.236928, -1.248146],
    3581.704697,
  ],
  ['shift 3, 8 steps', 3, 8, [147.057431, 3.292288, -1.024042, -1.426168, -0.048413, -0.685382], undefined],
] as const)(
  'formula weights give the golden latents, and the golden film: %s',
  async (_, shift, steps, golden, film) => {
    const config = transformerConfig.parse({
      _class_name: 'WanTransformer3DModel',
      num_attention_heads: 2,
      attention_head_dim: 12,
      text_dim: 32,
      ffn_dim: 32,
      num_layers: 2,
      rope_max_seq_len: 32,
    });
    const transformer = new WanTransformer(config, await formulaCheckpoint(transformerShapes(config)));
    const { broken: _broken, ...plain } = brokenCard('formula', '');
    const card: ModelCard = plain;
    const none = () => {
      throw new Error('not needed here');
    };
    const ctx: Machine = {
      signal: new AbortController().signal,
      progress: async () => undefined,
      step: async () => undefined,
      resume: async () => null,
      noise: torchNoise,
      sha256,
      models: {
        reference: none,
        lora: none,
        card: () => card,
        textEncoder: none,
        vae: none,
        denoiser: async () => ({ card, predict: (call) => transformer.predict(call) }),
      },
      media: { image: none, video: none, resize: none, mux: none, still: none, tensors: none, saveTensors: none },
    };
    const denoiser = registry['denoiser']!;
    const { space } = card.latent;
    const { clip } = await denoiser.run({
      inputs: {
        model: { kind: 'model', model: 'formula', part: 'denoiser', digest: '' },
        noise: { kind: 'latent', space, data: torchNoise(0).normal(16 * 3 * 2 * 2), shape: [16, 3, 2, 2] },
        text: conditioning({ data: ramp(16 * 32), shape: [16, 32] }, 16),
        avoid: conditioning({ data: ramp(16 * 32).map((_x, i) => Math.cos(0.07 * i)), shape: [16, 32] }, 16),
      },
      params: denoiser.params.parse({ sampler: 'euler', schedule: 'flow', steps, shift, guidance: 6 }),
      ctx,
    });
    if (clip?.kind !== 'latent') throw new Error('no clip');
    const found = summary(clip.data);
    for (const [i, value] of golden.entries()) expect(found[i]).toBeCloseTo(value, i < 2 ? 3 : 5);
    await transformer.release();
    if (film === undefined) return;
    // The class's own mean and deviation: the golden pipeline gives none.
    const { latents_mean, latents_std } = vaeConfig.parse({ ...tiny, latents_mean: undefined, latents_std: undefined });
    const plane = clip.data.length / 16;
    const scaled = clip.data.map(
      (x, i) => x * latents_std[Math.floor(i / plane)]! + latents_mean[Math.floor(i / plane)]!,
    );
    const { data } = await decode(await openFormula(), scaled, clip.shape);
    const sum = data.reduce((total, x) => total + Math.min(1, Math.max(0, x / 2 + 0.5)), 0);
    expect(sum).toBeCloseTo(film, 3);
  },
);
