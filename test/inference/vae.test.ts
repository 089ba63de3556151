import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FramesValue, ModelCard } from '../../nodes/values';
import { openCheckpoint } from '../../server/inference/checkpoint';
import { WanVae, type WanVaeFiles } from '../../server/inference/families/wan/vae';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import { eachChannel, joinPieces } from '../../server/inference/families/wan/vae-pieces';
import type { FloatTensor } from '../../server/inference/session';
import { formulaCheckpoint, ramp, summary } from './formula-weights';
import { absolute, cases, parityFolder, readTensors, relative, tensor } from './parity-files';
import { vaeShapes } from './vae-shapes';

type Shape = readonly [number, number, number, number];

/** A card with the facts a VAE reads. */
function card(latent: { channels: number; scale: number }): ModelCard {
  return {
    id: 'test',
    title: 'Test',
    family: 'wan',
    digest: '',
    parts: {},
    latent: { space: 'test', time: 4, multiple: latent.scale, ...latent },
    text: { width: 0, length: 0 },
    defaults: {
      width: 0,
      height: 0,
      frames: 0,
      fps: 16,
      steps: 0,
      guidance: 0,
      shift: 0,
      sampler: '',
      schedule: '',
    },
    pins: 'none',
  };
}
const cards = { 'wan21-t2v': card({ channels: 16, scale: 8 }), 'wan22-ti2v': card({ channels: 10, scale: 16 }) };

const configOf = (folder: string): unknown =>
  JSON.parse(readFileSync(`${parityFolder}/${folder}/vae/config.json`, 'utf8'));
const openParity = async (folder: keyof typeof cards, how: Pick<WanVaeFiles, 'convolution'> = {}) => {
  const checkpoint = await openCheckpoint(`${parityFolder}/${folder}/vae`);
  return new WanVae({ config: vaeConfig.parse(configOf(folder)), checkpoint, ...how }, cards[folder]);
};

/** The config of the golden numbers. */
const tiny = {
  _class_name: 'AutoencoderKLWan',
  base_dim: 3,
  z_dim: 16,
  dim_mult: [1, 1, 1, 1],
  num_res_blocks: 1,
  latents_mean: new Array<number>(16).fill(0),
  latents_std: new Array<number>(16).fill(1),
};
const openFormula = async () => {
  const checkpoint = await formulaCheckpoint(vaeShapes({ base: 3, multiples: [1, 1, 1, 1], blocks: 1 }));
  expect(checkpoint.tensors.size).toBe(146);
  return new WanVae({ config: vaeConfig.parse(tiny), checkpoint }, card({ channels: 16, scale: 8 }));
};

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const decode = (vae: WanVae, z: Float32Array, shape: Shape, latentFrames?: number) =>
  joinPieces(vae.decodePieces(z, shape, latentFrames), 4 * (shape[1] - 1) + 1);

/** Pieces of `frames` frames, after one of one. */
async function* cut(x: Float32Array, shape: Shape, frames: number): AsyncGenerator<FloatTensor> {
  const [channels, total, height, width] = shape;
  for (let from = 0; from < total; ) {
    const length = from === 0 ? 1 : Math.min(frames, total - from);
    const data = new Float32Array(channels * length * height * width);
    for (let c = 0; c < channels; c++) {
      const start = (c * total + from) * height * width;
      data.set(x.subarray(start, start + length * height * width), c * length * height * width);
    }
    yield { data, shape: [1, channels, length, height, width] };
    from += length;
  }
}
const encode = (vae: WanVae, x: Float32Array, shape: Shape, frames: number) =>
  joinPieces(
    vae.encodePieces(cut(x, shape, frames), { height: shape[2], width: shape[3], count: shape[1] }),
    (shape[1] - 1) / 4 + 1,
  );

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
  test.each(cases)('the video of $id', async ({ file, folder }) => {
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

describe('a clip in pieces', () => {
  test.each([
    // Sums of ONNX Runtime's 3-D kernels depend a little on the number of frames: 3.2e-6 is their rounding here.
    ['t2v-unipc8', 'wan21-t2v', '3d', 5e-6],
    ['t2v-unipc8', 'wan21-t2v', '2d', 3e-6],
    ['ti2v-text4', 'wan22-ti2v', '3d', 3e-6],
    ['ti2v-text4', 'wan22-ti2v', '2d', 3e-6],
  ] as const)('decodes as the whole does: %s of %s, convolutions in %s', async (name, folder, convolution, limit) => {
    const vae = await openParity(folder, { convolution });
    const { data: z, shape: stored } = tensor(readTensors(`${name}.safetensors`), 'decoder_input');
    const shape = [stored[0]!, stored[1]!, stored[2]!, stored[3]!] as const;
    const whole = await decode(vae, z, shape, shape[1]);
    for (const length of [1, 2]) {
      expect(absolute((await decode(vae, z, shape, length)).data, whole.data)).toBeLessThan(limit);
    }
    // The first frame depends on nothing that follows it.
    const [channels, , height, width] = shape;
    const first = z.filter((_, i) => Math.floor(i / (height * width)) % shape[1] === 0);
    const alone = await decode(vae, first, [channels, 1, height, width]);
    const firstOfWhole = whole.data.filter((_, i) => i % size(whole.shape.slice(1)) < size(whole.shape.slice(2)));
    expect(absolute(alone.data, firstOfWhole)).toBeLessThan(3e-6);
  });

  test.each([
    ['wan21-t2v', [3, 17, 24, 16]],
    ['wan22-ti2v', [3, 17, 32, 48]],
  ] as const)('encodes as the whole does: %s', async (folder, shape) => {
    const vae = await openParity(folder);
    const x = ramp(size(shape));
    const whole = await encode(vae, x, shape, 16);
    for (const frames of [4, 8, 12]) {
      expect(absolute((await encode(vae, x, shape, frames)).data, whole.data)).toBeLessThan(3e-6 * 10);
    }
  });
});

test.each(['wan21-t2v', 'wan22-ti2v'] as const)('convolutions frame by frame give the same: %s', async (folder) => {
  const { channels, scale } = cards[folder].latent;
  const [usual, other] = [await openParity(folder), await openParity(folder, { convolution: '2d' })];
  const z = [channels, 3, 2, 3] as const;
  const input = ramp(size(z));
  expect(absolute((await decode(other, input, z)).data, (await decode(usual, input, z)).data)).toBeLessThan(1e-5);
  const x = [3, 9, 2 * scale, scale] as const;
  const pixels = ramp(size(x));
  const expected = (await encode(usual, pixels, x, 8)).data;
  expect(absolute((await encode(other, pixels, x, 4)).data, expected)).toBeLessThan(2e-5);
});

describe('frames', () => {
  test('come out as bytes, in the order of the clip, and the stream can be read again', async () => {
    const vae = await openParity('wan21-t2v');
    const shape = [16, 3, 2, 3] as const;
    const data = ramp(size(shape));
    const frames = vae.decode({ kind: 'latent', space: 'test', data, shape, fps: 12 });
    expect(frames).toMatchObject({ width: 24, height: 16, count: 9, fps: 12 });
    const { latents_mean, latents_std } = vaeConfig.parse(configOf('wan21-t2v'));
    const z = data.slice();
    eachChannel(z, 16, (x, c) => x * latents_std[c]! + latents_mean[c]!);
    const floats = await decode(vae, z, shape);
    for (let pass = 0; pass < 2; pass++) {
      let index = 0;
      for await (const frame of frames.read()) {
        expect(frame).toHaveLength(24 * 16 * 3);
        for (const i of [0, 1, 2, 500, frame.length - 1]) {
          const x = floats.data[((i % 3) * 9 + index) * 384 + Math.floor(i / 3)]!;
          expect(frame[i]).toBe(Math.round((x / 2 + 0.5) * 255));
        }
        index++;
      }
      expect(index).toBe(9);
    }
  });

  test('what was encoded is a latent that decodes to the same size', async () => {
    const vae = await openParity('wan22-ti2v');
    const latent = await vae.encode(formulaClip(9, 32, 48));
    expect(latent).toMatchObject({ space: 'test', shape: [10, 3, 2, 3], fps: 8 });
    expect(vae.decode(latent)).toMatchObject({ width: 48, height: 32, count: 9, fps: 8 });
  });

  test('memory does not grow with the length of the clip, and stopping early is clean', async () => {
    const vae = await openParity('wan21-t2v');
    const shape = [16, 64, 6, 6] as const;
    const used: number[] = [];
    let pieces = 0;
    for await (const { shape: piece } of vae.decodePieces(ramp(size(shape)), shape, 1)) {
      expect(piece).toEqual([1, 3, pieces === 0 ? 1 : 4, 48, 48]);
      pieces++;
      if (pieces % 16 === 0) used.push(process.memoryUsage().rss);
    }
    expect(pieces).toBe(64);
    // The caches are taken once: 48 more pieces leave no more behind than the collector's noise. One set of caches is
    // 1.6 MB here: made anew for each piece and kept, they would take 77 MB.
    expect(used.at(-1)! - used[0]!).toBeLessThan(30e6);
    const frames = vae.decode({ kind: 'latent', space: 'test', data: ramp(size(shape)), shape });
    expect(frames.count).toBe(253);
    for await (const _ of frames.read()) break;
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

function clip(pictures: Uint8Array[], about: { width: number; height: number }): FramesValue {
  return {
    kind: 'frames',
    ...about,
    count: pictures.length,
    fps: 8,
    async *read() {
      yield* pictures;
    },
  };
}

/** The clip of components.json. */
function formulaClip(frames: number, height: number, width: number): FramesValue {
  const pictures = Array.from({ length: frames }, (_, f) =>
    Uint8Array.from({ length: 3 * height * width }, (_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      return (7 * x + 13 * y + 29 * f + 61 * c + x * y + 3 * f * x) % 256;
    }),
  );
  return clip(pictures, { width, height });
}

/** A part of a committed fixture; its shape is known. */
type Components = Record<keyof typeof cards, { encode: { frames: number; height: number; width: number } }>;
