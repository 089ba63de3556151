import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../server/inference/checkpoint';
import { timeFeatures, timeFrequencies } from '../../server/inference/families/shared/time-features';
import { ropeTables } from '../../server/inference/families/wan/rope';
import { WanTransformer } from '../../server/inference/families/wan/transformer';
import { transformerConfig, transformerShapes } from '../../server/inference/families/wan/transformer-config';
import { formulaCheckpoint, ramp, summary } from './formula-weights';
import {
  absolute,
  cases,
  conditioning,
  folders,
  type ParityCase,
  parityFolder,
  readTensors,
  relative,
  step,
  tensor,
} from './parity-files';

const open: WanTransformer[] = [];
afterAll(async () => {
  for (const transformer of open) await transformer.release();
});

const configOf = (folder: string) =>
  transformerConfig.parse(JSON.parse(readFileSync(`${parityFolder}/${folder}/transformer/config.json`, 'utf8')));

async function load(folder: string, mode: 'fused' | 'unfused' = 'fused', pieceBytes?: number) {
  const checkpoint = await openCheckpoint(`${parityFolder}/${folder}/transformer`);
  const device = { name: 'cpu', attention: mode } as const;
  const transformer = new WanTransformer(configOf(folder), checkpoint, device, pieceBytes);
  open.push(transformer);
  return transformer;
}

const shape4 = (shape: readonly number[]): [number, number, number, number] => {
  const [c = 0, t = 0, h = 0, w = 0] = shape;
  return [c, t, h, w];
};

test('formula weights give the golden numbers of a forward pass', async () => {
  const config = transformerConfig.parse({
    _class_name: 'WanTransformer3DModel',
    num_attention_heads: 2,
    attention_head_dim: 12,
    text_dim: 32,
    ffn_dim: 32,
    num_layers: 2,
    rope_max_seq_len: 32,
  });
  const shapes = transformerShapes(config);
  expect(shapes.size).toBe(69);
  const transformer = new WanTransformer(config, await formulaCheckpoint(shapes));
  open.push(transformer);
  const velocity = await transformer.predict({
    latent: ramp(16 * 3 * 4 * 6),
    shape: [16, 3, 4, 6],
    timesteps: 999,
    text: conditioning({ data: ramp(16 * 32), shape: [16, 32] }, 16),
  });
  const golden = [105.069802, -4.194472, 0.047774, 0.041793, 0.03831, 0.054923, 0.103249, 0.030431, 0.094607];
  for (const [i, value] of summary(velocity).entries()) expect(value).toBeCloseTo(golden[i]!, i < 2 ? 3 : 5);
});

test('time features and rotary tables are those of torch', () => {
  const components = readTensors('components.safetensors');
  expect([...timeFrequencies(128)]).toEqual([...tensor(components, 'time_frequencies').data]);
  const features = timeFeatures([0, 1, 250.5, 522, 757, 999], 256);
  expect(absolute(features, tensor(components, 'time_features').data)).toBeLessThan(1e-6);
  for (const [folder, grid] of [
    ['wan21-t2v', { frames: 3, rows: 2, columns: 3 }],
    ['wan22-ti2v', { frames: 3, rows: 1, columns: 2 }],
  ] as const) {
    const { cos, sin } = ropeTables(grid, configOf(folder).attention_head_dim);
    expect(absolute(cos, tensor(components, `${folder}.rope_cos`).data)).toBeLessThan(1e-6);
    expect(absolute(sin, tensor(components, `${folder}.rope_sin`).data)).toBeLessThan(1e-6);
  }
});

describe.each(folders)('components of %s', (folder) => {
  test.each(['fused', 'unfused'] as const)('%s attention, with one timestep and with one per frame', async (mode) => {
    const transformer = await load(folder, mode);
    const components = readTensors('components.safetensors');
    const reference = tensor(components, `${folder}.dit_output`);
    const shape = shape4(reference.shape);
    const latent = Float32Array.from({ length: reference.data.length }, (_, i) => Math.sin(0.37 * i));
    const width = configOf(folder).text_dim;
    const states = {
      data: Float32Array.from({ length: 24 * width }, (_, i) => Math.cos(0.07 * i)),
      shape: [24, width],
    };
    const call = { latent, shape, text: conditioning(states, 24) };
    const perToken = tensor(components, `${folder}.dit_timesteps`).data;
    const perFrame = [0, 1, 2].map((frame) => perToken[(frame * perToken.length) / 3]!);
    expect(relative(await transformer.predict({ ...call, timesteps: perFrame }), reference.data)).toBeLessThan(2e-5);
    const scalar = tensor(components, `${folder}.dit_output_t500`).data;
    expect(relative(await transformer.predict({ ...call, timesteps: 500 }), scalar)).toBeLessThan(2e-5);
    const spelledOut = await transformer.predict({ ...call, timesteps: [500, 500, 500] });
    expect(relative(spelledOut, scalar)).toBeLessThan(2e-5);
  });
});

test('a network cut into pieces gives the very numbers of the whole one, and stops between pieces when told to', async () => {
  const [whole, cut] = [await load('wan21-t2v'), await load('wan21-t2v', 'fused', 100_000)];
  const states = { data: ramp(5 * 32), shape: [5, 32] };
  const call = { latent: ramp(16 * 2 * 4 * 4), shape: [16, 2, 4, 4], timesteps: [0, 700] } as const;
  const text = conditioning(states, 512);
  const velocity = await cut.predict({ ...call, text });
  expect(velocity).toEqual(await whole.predict({ ...call, text }));
  const controller = new AbortController();
  setImmediate(() => controller.abort(new Error('cancelled')));
  await expect(cut.predict({ ...call, text, signal: controller.signal })).rejects.toThrow('cancelled');
});

test.each(['fused', 'unfused'] as const)('%s: one row for all padding is the padding spelled out', async (mode) => {
  const transformer = await load('wan21-t2v', mode);
  const call = { latent: ramp(16 * 2 * 4 * 4), shape: [16, 2, 4, 4], timesteps: 700 } as const;
  const ask = (tokens: number, given: number) => {
    const data = new Float32Array(given * 32);
    data.set(ramp(tokens * 32));
    return transformer.predict({ ...call, text: conditioning({ data, shape: [given, 32] }, 512) });
  };
  // The wanted and the unwanted text of a clip take turns in the same session, each as long as it is.
  for (const tokens of [1, 20, 511, 1]) {
    const merged = await ask(tokens, tokens);
    expect(relative(merged, await ask(tokens, 512))).toBeLessThan(2e-5);
    // And the padding counts: without it the answer is another one.
    const states = { data: ramp(tokens * 32), shape: [tokens, 32] };
    const bare = await transformer.predict({ ...call, text: conditioning(states, tokens) });
    expect(relative(merged, bare)).toBeGreaterThan(1e-3);
  }
});

/** What the network is fed at step i of a case, and what diffusers' network answered. */
function teacher(about: ParityCase) {
  const tensors = readTensors(about.file);
  const noise = tensor(tensors, 'noise');
  const inputs = tensors.get('dit_input');
  const perToken = tensors.get('dit_timestep');
  return {
    tensors,
    shape: shape4(noise.shape),
    input: (i: number) => (inputs ? step(inputs, i) : i === 0 ? noise.data : step(tensor(tensors, 'latents'), i - 1)),
    timesteps: (i: number): number | number[] => {
      if (!perToken) return about.expected.timesteps[i]!;
      const row = step(perToken, i);
      const frames = noise.shape[1]!;
      return Array.from({ length: frames }, (_, frame) => row[(frame * row.length) / frames]!);
    },
  };
}

test.each(cases.map((about) => [about.id, about] as const))('%s: every step, teacher-forced', async (_, about) => {
  const transformer = await load(about.folder);
  const { tensors, shape, input, timesteps } = teacher(about);
  for (const [embeds, velocities] of [
    ['prompt_embeds', 'velocity_cond'],
    ['negative_embeds', 'velocity_uncond'],
  ] as const) {
    const states = tensors.get(embeds);
    if (!states) {
      expect(about.guidance_scale).toBe(1);
      continue;
    }
    const text = conditioning(states, about.max_sequence_length);
    for (let i = 0; i < about.steps; i++) {
      const velocity = await transformer.predict({ latent: input(i), shape, timesteps: timesteps(i), text });
      expect(relative(velocity, step(tensor(tensors, velocities), i))).toBeLessThan(2e-5);
    }
  }
});

describe('a checkpoint that does not fit its config', () => {
  const tiny = { _class_name: 'WanTransformer3DModel', num_attention_heads: 2, attention_head_dim: 12, text_dim: 8 };
  const config = transformerConfig.parse({ ...tiny, ffn_dim: 8, num_layers: 1 });
  const build = (checkpoint: Checkpoint) => () => new WanTransformer(config, checkpoint);

  test('a missing tensor is named', async () => {
    const shapes = transformerShapes(config);
    shapes.delete('blocks.0.ffn.net.2.bias');
    expect(build(await formulaCheckpoint(shapes))).toThrow(/blocks\.0\.ffn\.net\.2\.bias.*missing.*download/);
  });

  test('a wrong shape is named, with both shapes', async () => {
    const shapes = transformerShapes(config).set('proj_out.weight', [64, 23]);
    expect(build(await formulaCheckpoint(shapes))).toThrow(/proj_out\.weight.*\[64, 23\].*\[64, 24\]/);
  });
});
