import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WanVae } from '../../server/inference/families/wan/vae';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import { formulaCheckpoint, ramp, summary } from './formula-weights';
import { absolute, cases, parityFolder, readTensors, relative, tensor } from './parity-files';
import { card, type cards, clip, decode, encode, formulaClip, openFormula, openParity, tiny } from './vae-fixtures';
import { vaeShapes } from './vae-shapes';

describe('golden numbers of a VAE with weights by formula', () => {
  const expectSummary = (data: Float32Array, [absolute = 0, sum = 0, ...ends]: number[]) => {
    const [foundAbsolute, foundSum, ...foundEnds] = summary(data);
    expect(foundAbsolute).toBeCloseTo(absolute, 3);
    expect(foundSum).toBeCloseTo(sum, 3);
    for (const [i, x] of ends.entries()) expect(foundEnds[i]).toBeCloseTo(x, 5);
  };

  test('decode', async () => {
    const { data, shape } = await decode(await openFormula(), ramp(16 * 3 * 2 * 2), [16, 3, 2, 2]);
    expect(shape).toEqual([3, 9, 16, 16]);
    expectSummary(
      data,
      [3493.529871, 371.509474, 0.245347, 0.364337, 0.386949, 0.387408, -0.19427, -0.263937, -0.198419],
    );
  });

  test('encode', async () => {
    const { data, shape } = await encode(await openFormula(), ramp(3 * 9 * 16 * 16), [3, 9, 16, 16], 4);
    expect(shape).toEqual([16, 3, 2, 2]);
    expectSummary(data, [23.047431, 0.086272, 0.104775, 0.105534, 0.105806, 0.105283, -0.184512, -0.175232, -0.170084]);
  });
});

describe('parity with the official pipelines', () => {
  test.each(cases)('the video of $id', async ({ file, folder: name }) => {
    const folder = name as keyof typeof cards; // Gosling's cases are a list of their own
    const tensors = readTensors(file);
    const input = tensor(tensors, 'decoder_input');
    const video = tensor(tensors, 'video');
    const [channels = 0, latentFrames = 0, h = 0, w = 0] = input.shape;
    const { data, shape } = await decode(await openParity(folder), input.data, [channels, latentFrames, h, w]);
    const [, frames, height, width] = shape;
    expect([frames, height, width, 3]).toEqual(video.shape);
    const pixels = height * width;
    const channelsLast = data.map((_, i) => {
      const [frame, channel, pixel] = [Math.floor(i / 3 / pixels), i % 3, Math.floor(i / 3) % pixels];
      return data[(channel * frames + frame) * pixels + pixel]! / 2 + 0.5;
    });
    // Half of the 1e-4 allowed in -1..1.
    expect(absolute(channelsLast, video.data)).toBeLessThan(5e-5);
  });

  test.each(['wan21-t2v', 'wan22-ti2v'] as const)('an encoded clip of %s', async (folder) => {
    const components = JSON.parse(readFileSync(`${parityFolder}/components.json`, 'utf8')) as Components;
    const { frames, height, width } = components[folder].encode;
    const { data, shape } = await (await openParity(folder)).encode(formulaClip(frames, height, width));
    const expected = tensor(readTensors('components.safetensors'), `${folder}.vae_encode_normalised`);
    expect(shape).toEqual(expected.shape);
    expect(relative(data, expected.data)).toBeLessThan(1e-4);
  });

  test('the condition made of the first frame of ti2v-image4', async () => {
    const tensors = readTensors('ti2v-image4.safetensors');
    const image = tensor(tensors, 'image');
    const condition = tensor(tensors, 'condition');
    const [, height = 0, width = 0] = image.shape;
    const pixels = height * width;
    const rgb = Uint8Array.from({ length: 3 * pixels }, (_, i) =>
      Math.round((image.data[(i % 3) * pixels + Math.floor(i / 3)]! + 1) * 127.5),
    );
    const vae = await openParity('wan22-ti2v');
    const { data, shape } = await vae.encode(clip([rgb], { width, height }));
    expect(shape).toEqual(condition.shape);
    expect(relative(data, condition.data)).toBeLessThan(1e-4);
  });
});

describe('bad input', () => {
  const latent = { kind: 'latent', space: 'test', data: new Float32Array(16 * 4), shape: [16, 1, 2, 2] } as const;

  test('a latent of another space or size', async () => {
    const vae = await openParity('wan21-t2v');
    expect(() => vae.decode({ ...latent, space: 'other' })).toThrow(/"other".*Use the VAE of the model that made it/);
    expect(() => vae.decode({ ...latent, data: new Float32Array(3) })).toThrow(/cannot be decoded/);
    expect(() => vae.decode({ ...latent, shape: [10, 1, 2, 2] })).toThrow(/16 channels/);
  });

  test('frames of a size or number that does not fit', async () => {
    const vae = await openParity('wan21-t2v');
    const frames = formulaClip(9, 16, 16);
    await expect(vae.encode({ ...frames, width: 20 })).rejects.toThrow(/multiples of 8.*Resize or crop/);
    await expect(vae.encode({ ...frames, count: 8 })).rejects.toThrow(/Trim them to 5/);
    await expect(vae.encode({ ...frames, count: 13 })).rejects.toThrow(/announced 13 frames and has 9/);
    await expect(vae.encode({ ...frames, count: 5 })).rejects.toThrow(/more than 5/);
    await expect(vae.encode({ ...frames, height: 8 })).rejects.toThrow(/Frame 0 has 768 bytes/);
  });

  test.each([
    ['patch_size', { patch_size: 2 }, /square of patch_size/],
    ['latents_mean', { latents_mean: [0] }, /z_dim numbers/],
    ['temperal_downsample', { temperal_downsample: [true] }, /one entry less/],
    ['attn_scales', { attn_scales: [0.5] }, /not supported/],
  ])('a config with a wrong %s', (field, changes, says) => {
    const { error } = vaeConfig.safeParse({ ...tiny, ...changes });
    expect(error?.issues[0]).toMatchObject({ path: [field], message: expect.stringMatching(says) });
  });

  test('weights that do not belong to the config', async () => {
    const checkpoint = await formulaCheckpoint(vaeShapes({ base: 3, multiples: [1, 1, 1, 1], blocks: 1 }));
    const config = vaeConfig.parse({ ...tiny, base_dim: 4 });
    expect(() => new WanVae({ config, checkpoint }, card({ channels: 16, scale: 8 }))).toThrow(
      /decoder\.conv_in\.weight.*Take both from the same download/,
    );
  });
});

/** A part of a committed fixture; its shape is known. */
type Components = Record<keyof typeof cards, { encode: { frames: number; height: number; width: number } }>;
