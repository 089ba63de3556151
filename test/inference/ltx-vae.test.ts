import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openVaeFiles } from '../../server/inference/families/ltx/pipeline';
import { LtxVae } from '../../server/inference/families/ltx/vae';
import { vaeConfig } from '../../server/inference/families/ltx/vae-config';
import { decodeBytes } from '../../server/inference/families/ltx/vae-memory';
import { joinPieces } from '../../server/inference/families/shared/pieces';
import { torchNoise } from '../../server/inference/noise';
import { ramp, summary } from './formula-weights';
import { between, cardOf, golden, later, openFormula, vaeShapes, whole } from './ltx-vae-fixtures';
import { absolute, parityFolder, readTensors, tensor } from './parity-files';
import { clip } from './vae-fixtures';

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
type Shape = readonly [number, number, number, number];

async function decode(vae: Awaited<ReturnType<typeof openFormula>>, shape: Shape, framesPerPiece?: number) {
  const noise = torchNoise(5);
  const how = { framesPerPiece, noise: (count: number) => noise.normal(count) };
  const { pieces, frames } = vae.decodeClip(ramp(size(shape)), shape, how);
  return joinPieces(pieces, frames);
}

async function encode(vae: Awaited<ReturnType<typeof openFormula>>, shape: Shape, framesPerPiece?: number) {
  const [, frames, height, width] = shape;
  const pixels = { pieces: whole(ramp(size(shape)), shape), frames, height, width };
  const out = vae.encodeClip(pixels, { framesPerPiece });
  return joinPieces(out.pieces, out.frames);
}

describe('golden numbers of a VAE with weights by formula', () => {
  const expectSummary = (data: Float32Array, [absolute = 0, sum = 0, ...ends]: readonly number[]) => {
    const [foundAbsolute, foundSum, ...foundEnds] = summary(data);
    // The numbers are those of fp64; encoding in fp32, torch itself is 4e-5 off, and 7e-4 in the sum.
    expect(foundAbsolute).toBeCloseTo(absolute, 2);
    expect(foundSum).toBeCloseTo(sum, 2);
    for (const [i, x] of ends.entries()) expect(Math.abs(foundEnds[i]! - x)).toBeLessThan(1e-4);
  };

  test('decode', async () => {
    expect(vaeShapes(golden).size).toBe(58);
    const { data, shape } = await decode(await openFormula(golden), [8, 3, 4, 4]);
    expect(shape).toEqual([3, 9, 16, 16]);
    expectSummary(
      data,
      [2436.153187, 345.091725, -0.263608, -0.48649, -0.453631, -0.49045, -0.086492, -0.157318, -0.024841],
    );
  });

  test('encode', async () => {
    const { data, shape } = await encode(await openFormula(golden), [3, 9, 16, 16]);
    expect(shape).toEqual([8, 3, 4, 4]);
    expectSummary(
      data,
      [177.408988, 1.557596, -0.111703, 0.225301, 0.526631, 0.34669, -0.587518, -0.788017, -0.494328],
    );
  });

  // Made with diffusers as those above. The noise after convolutions is torch's after manual_seed(5).
  test.each([
    [
      '0.9.5',
      later,
      91,
      [13769.529011, -692.947964, 0.02122, 0.037825, -0.159089, 0.05995, 0.031582, -0.21894, 0.210355],
      [8.025841, -1.960463, 0.043966, -0.080245, 0.154672, 0.101233, 0.009323, -0.157256, -0.237396],
    ],
    [
      '0.9.1',
      between,
      113,
      [14729.332385, -711.39413, 0.072738, -0.007342, -0.126759, 0.045099, -0.175933, 0.016212, -0.018672],
      [24.083047, -5.694374, -0.635064, -0.471485, -0.807823, -0.869946, -0.641146, -0.646851, -0.383751],
    ],
  ] as const)('the layout of %s', async (_, config, tensors, decoded, encoded) => {
    expect(vaeShapes(config).size).toBe(tensors);
    const vae = await openFormula(config);
    const film = await decode(vae, [8, 3, 1, 2]);
    expect(film.shape).toEqual([3, 17, 32, 64]);
    expectSummary(film.data, decoded);
    const latent = await encode(vae, [3, 17, 32, 64]);
    expect(latent.shape).toEqual([8, 3, 1, 2]);
    expectSummary(latent.data, encoded);
  });
});

describe('a clip coded in pieces is the clip coded whole', () => {
  // Convolutions of other sizes round otherwise, and norms over four channels make much of it; a wrong frame shows as 1e-2.
  const rounding = 3e-4;
  const old = { ...golden, decoder_causal: true, encoder_causal: false };
  test.each([
    ['0.9.0', golden, 4],
    ['0.9.1', between, 8],
    ['0.9.5', later, 8],
    ['looking the other way', old, 4],
  ] as const)('%s', async (_, config, time) => {
    const vae = await openFormula(config);
    const side = time === 8 ? 32 : 8;
    for (const frames of [1, 2, 7]) {
      const shape = [8, frames, 2, 1] as const;
      const reference = await decode(vae, shape, 1000);
      expect(reference.shape[1]).toBe((frames - 1) * time + 1);
      for (const length of [1, 3]) {
        const found = await decode(vae, shape, length);
        expect(found.shape).toEqual(reference.shape);
        expect(absolute(found.data, reference.data)).toBeLessThan(rounding);
      }
    }
    for (const frames of [1, 1 + 4 * time]) {
      const shape = [3, frames, side, 2 * side] as const;
      const reference = await encode(vae, shape, 1000);
      expect(reference.shape[1]).toBe((frames - 1) / time + 1);
      for (const length of [1, 3]) {
        const found = await encode(vae, shape, length);
        expect(found.shape).toEqual(reference.shape);
        expect(absolute(found.data, reference.data)).toBeLessThan(rounding);
      }
    }
  });
});

test('what convolutions have held back comes out in pieces too, so that no clip makes a longer one', async () => {
  const vae = await openFormula(later);
  const lengths: number[] = [];
  const { pieces } = vae.decodeClip(ramp(8 * 7), [8, 7, 1, 1], { framesPerPiece: 1 });
  for await (const { shape } of pieces) lengths.push(shape[2]!);
  expect(lengths.reduce((a, b) => a + b, 0)).toBe(49);
  // Two from one latent frame, and one more when an upsampler lets go.
  expect(Math.max(...lengths)).toBe(3);
});

describe('in tiles', () => {
  const silent = (count: number) => new Float32Array(count);
  const shape = [8, 2, 3, 2] as const;
  const latent = Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(0.11 * i));
  const small = { side: 64, stride: 32 };
  const open = async (budget: number) => {
    const files = await openVaeFiles(join(parityFolder, 'ltx', 'older', 'vae'));
    return new LtxVae({ ...files, budget, tiling: small }, cardOf(files.config));
  };

  test('it decodes as diffusers does, and whole where there is room', async () => {
    const { data: film } = await joinPieces((await open(0)).decodeFilm(latent, shape, { noise: silent }), 9);
    const reference = tensor(readTensors('ltx/tiles.safetensors'), 'every_seventh').data;
    const found = film.filter((_, i) => i % 7 === 0);
    // The reference is stored in half precision: 2.5e-4 near 1.
    expect(absolute(found, reference)).toBeLessThan(5e-4);
    const { data: whole } = await joinPieces((await open(1e12)).decodeFilm(latent, shape, { noise: silent }), 9);
    expect(absolute(whole, film)).toBeGreaterThan(0.01);
  });

  test('what decoding needs grows with the picture', async () => {
    const files = await openVaeFiles(join(parityFolder, 'ltx', 'older', 'vae'));
    const bytes = (side: number) => decodeBytes(files, { height: side, width: side });
    expect((bytes(64) - bytes(32)) / (bytes(32) - bytes(16))).toBeCloseTo(4, 1);
  });
});

test('the published configs ask for the published number of weights, in millions', () => {
  const four = <T>(value: T): T[] => new Array<T>(4).fill(value);
  const told = {
    decoder_block_out_channels: [256, 512, 1024],
    decoder_spatio_temporal_scaling: [true, true, true],
    upsample_residual: [true, true, true],
    upsample_factor: [2, 2, 2],
    timestep_conditioning: true,
  };
  const published = {
    '0.9.0': {},
    '0.9.1': { ...told, decoder_layers_per_block: [5, 6, 7, 8], decoder_inject_noise: [true, true, true, false] },
    '0.9.5': {
      ...told,
      block_out_channels: [128, 256, 512, 1024, 2048],
      down_block_types: four('LTXVideo095DownBlock3D'),
      layers_per_block: [4, 6, 6, 2, 2],
      decoder_layers_per_block: [5, 5, 5, 5],
      spatio_temporal_scaling: four(true),
      downsample_type: ['spatial', 'temporal', 'spatiotemporal', 'spatiotemporal'],
      spatial_compression_ratio: 32,
      temporal_compression_ratio: 8,
    },
  };
  const millions = Object.values(published).map((config) => {
    const shapes = vaeShapes(vaeConfig.parse({ _class_name: 'AutoencoderKLLTXVideo', ...config }));
    return Math.round([...shapes.values()].reduce((total, shape) => total + size(shape), 0) / 1e6);
  });
  expect(millions).toEqual([419, 935, 1247]);
});

test('frames and latents that do not fit are sentences', async () => {
  const vae = await openFormula(later);
  const black = (count: number, width = 32) =>
    clip(new Array<Uint8Array>(count).fill(new Uint8Array(3 * width * 32)), { width, height: 32 });
  await expect(vae.encode(black(1, 48))).rejects.toThrow(/multiples of 32; these are 48x32/);
  await expect(vae.encode(black(12))).rejects.toThrow(/1, 9, 17 .* these are 12. Trim them to 9/);
  const latent = { kind: 'latent', space: 'test', data: new Float32Array(4), shape: [4, 1, 1, 1] } as const;
  expect(() => vae.decode(latent)).toThrow(/takes 8 channels/);
  expect(() => vae.decode({ ...latent, space: 'other' })).toThrow(/space "other".*decodes "test"/);
  expect(() => vaeConfig.parse({ ...later, temporal_compression_ratio: 4 })).toThrow(/lengthens clips/);
});
