import { describe, expect, test } from 'vitest';
import type { MuxOptions } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FileValue, FramesValue, LatentValue } from '../../nodes/values';
import { torchNoise } from '../../server/inference/noise';
import { large, models } from './graphs-for-tests';
import {
  conditioning,
  firstBytes,
  framesOf,
  latentOf,
  machine,
  reference,
  run,
  tensorStore,
} from './machine-for-tests';

const file: FileValue = { kind: 'file', sha256: 'a'.repeat(64), bytes: 1, mime: 'video/mp4', name: 'clip' };

describe('noise-seed', () => {
  test("gives torch's noise in the shape of the clip", async () => {
    const ctx = machine({});
    const { noise } = await run<'latent'>('noise-seed', {
      inputs: { model: reference('denoiser') },
      params: { seed: 7, width: 48, height: 32, frames: 9, fps: 12 },
      ctx,
    });
    expect(noise).toMatchObject({ kind: 'latent', space: 'gosling-8x4', shape: [4, 3, 4, 6], fps: 12 });
    expect(noise!.data).toEqual(torchNoise(7).normal(4 * 3 * 4 * 6));
  });

  test('says what is to be expected of sizes and lengths its model was not trained on', () => {
    const trained = {
      sizes: [[64, 64] as [number, number]],
      frames: [1, 17],
      otherSizes: 'a try',
      otherFrames: 'a guess',
    };
    const note = (about: object, params: object) => {
      const given = { gosling: { ...models.gosling, ...about } };
      const model = { kind: 'model' as const, facts: { part: 'denoiser', model: 'gosling' } };
      const node = registry['noise-seed']!;
      return node.infer!({ inputs: { model }, params: node.params.parse(params), models: given })?.note;
    };
    expect(note({ trained }, { width: 64, height: 64, frames: 17 })).toBeUndefined();
    expect(note({ trained }, { width: 64, height: 64, frames: 1 })).toBeUndefined();
    expect(note({ trained }, { width: 96, height: 64, frames: 17 })).toBe('Trained on 64 x 64: a try.');
    expect(note({ trained }, { width: 64, height: 64, frames: 33 })).toBe('Trained on 1 or 17 frames: a guess.');
    expect(note({}, { width: 96, height: 64, frames: 33 })).toBeUndefined();
  });
});

describe('text-encoder', () => {
  test('encodes the prompt and, when nothing is to be avoided, the empty text, at the length of the checkpoint', async () => {
    const asked: [string, number][] = [];
    const ctx = machine({
      encode: async (text, length) => {
        asked.push([text, length]);
        return conditioning(asked.length);
      },
    });
    const inputs = { model: reference('text-encoder'), prompt: { kind: 'text' as const, text: 'a red ball' } };
    await run('text-encoder', { inputs, ctx });
    await run('text-encoder', {
      inputs: { ...inputs, negative: { kind: 'text', text: 'fog' } },
      params: { length: 24 },
      ctx,
    });
    expect(asked).toEqual([
      ['a red ball', 64],
      ['', 64],
      ['a red ball', 24],
      ['fog', 24],
    ]);
  });
});

describe('latents and files', () => {
  test('a saved latent comes back bit for bit', async () => {
    const store = tensorStore();
    const ctx = machine({ media: store });
    const clip = latentOf([4, 3, 2, 2], (i) => Math.fround(Math.sin(i)));
    const { file: saved } = await run<'file'>('save-latent', {
      inputs: { clip: { ...clip, fps: 12 } },
      params: { name: 'draft' },
      ctx,
    });
    expect(store.files.get(saved!.sha256)!.metadata).toEqual({ format: 'skein-latent', space: clip.space, fps: '12' });
    const read = (asset: string, params = {}) =>
      run<'latent'>('latent-file', { inputs: { model: reference('denoiser') }, params: { asset, ...params }, ctx });
    const { clip: back } = await read(saved!.sha256);
    expect(back).toEqual({ ...clip, fps: 8 });
    expect((await read(saved!.sha256, { fps: 24 })).clip!.fps).toBe(24);
  });

  test("diffusers' batch of one is taken; other shapes, other channels, and a choice of tensors are told apart", async () => {
    const store = tensorStore();
    const ctx = machine({ media: store });
    const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    const save = async (tensors: Record<string, { shape: number[]; data: Float32Array }>) =>
      (await store.saveTensors(tensors, { name: 'x', metadata: {} })).sha256;
    const read = async (asset: string, params = {}) =>
      (
        await run<'latent'>('latent-file', {
          inputs: { model: reference('denoiser') },
          params: { asset, ...params },
          ctx,
        })
      ).clip!;
    expect((await read(await save({ latents: tensor(1, 4, 2, 2, 2) }))).shape).toEqual([4, 2, 2, 2]);
    expect((await read(await save({ odd: tensor(4, 2, 2, 2) }))).shape).toEqual([4, 2, 2, 2]);
    const two = await save({ a: tensor(4, 1, 2, 2), b: tensor(4, 2, 2, 2) });
    expect((await read(two, { tensor: 'b' })).shape).toEqual([4, 2, 2, 2]);
    await expect(read(two)).rejects.toThrow(/There are: a, b\. Enter one/);
    await expect(read(two, { tensor: 'c' })).rejects.toThrow('no tensor called "c"');
    await expect(read(await save({ latent: tensor(2, 4, 2, 2, 2) }))).rejects.toThrow(/\[2, 4, 2, 2, 2\].*wanted/);
    await expect(read(await save({ latent: tensor(16, 2, 2, 2) }))).rejects.toThrow(
      /16 channels.*Gosling works with 4/,
    );
  });

  test('encoded text from a file: padding is cut and remembered as length', async () => {
    const store = tensorStore();
    const ctx = machine({ media: store });
    const width = 64;
    const padded = new Float32Array(10 * width);
    padded.fill(1, 0, 3 * width);
    const { sha256 } = await store.saveTensors(
      { prompt_embeds: { data: padded, shape: [1, 10, width] } },
      { name: 'x', metadata: {} },
    );
    const read = async (asset: string) =>
      (
        await run<'conditioning'>('conditioning-file', {
          inputs: { model: reference('text-encoder') },
          params: { asset },
          ctx,
        })
      ).text!;
    expect(await read(sha256)).toMatchObject({ tokens: 3, width, length: 10, family: 'wan' });
    const bare = await store.saveTensors(
      { text: { data: padded.slice(0, 3 * width), shape: [3, width] } },
      { name: 'x', metadata: {} },
    );
    const text = await read(bare.sha256);
    expect(text).toMatchObject({ tokens: 3, length: 64 });
    expect(text.states).toHaveLength(3 * width);
    const wide = await store.saveTensors(
      { text: { data: new Float32Array(8), shape: [2, 4] } },
      { name: 'x', metadata: {} },
    );
    await expect(read(wide.sha256)).rejects.toThrow(/4 numbers wide.*Gosling makes 64/);
  });
});

describe('pictures', () => {
  test('vae-encoder takes the frames that make whole latents, at a size the model takes', async () => {
    const seen: { width: number; height: number; pictures: number[] }[] = [];
    const ctx = machine({
      vae: {
        encode: async (frames: FramesValue): Promise<LatentValue> => {
          seen.push({ width: frames.width, height: frames.height, pictures: await firstBytes(frames) });
          return latentOf([4, 2, 2, 4], () => 0);
        },
      },
      media: { resize: (frames, { width, height }) => ({ ...frames, width, height }) },
    });
    const encode = (frames: FramesValue, params = {}) =>
      run<'latent'>('vae-encoder', { inputs: { model: reference('vae'), frames }, params, ctx });
    const { clip } = await encode(framesOf(7, { width: 50, height: 33 }));
    expect(seen[0]).toEqual({ width: 48, height: 32, pictures: [0, 1, 2, 3, 4] });
    expect(clip!.fps).toBe(8);
    await encode(framesOf(1, { width: 10, height: 10 }));
    expect(seen[1]).toEqual({ width: 16, height: 16, pictures: [0] });
    await encode(framesOf(5), { width: 64, height: 64 });
    expect(seen[2]).toMatchObject({ width: 64, height: 64 });
  });

  test('vae-decoder refuses latents of another space by name', async () => {
    const clip = latentOf([4, 1, 2, 2], () => 0);
    const job = { inputs: { model: reference('vae'), clip }, ctx: machine({ card: large }) };
    await expect(run('vae-decoder', job)).rejects.toThrow(/gosling-8x4.*Wan 2\.2.*wan22-16x4/);
  });

  test("muxer: the clip's own speed unless another is given", async () => {
    const options: MuxOptions[] = [];
    const ctx = machine({
      media: {
        mux: async (_, about) => {
          options.push(about);
          return file;
        },
      },
    });
    await run('muxer', { inputs: { frames: framesOf(3) }, ctx });
    await run('muxer', { inputs: { frames: framesOf(3) }, params: { fps: 25, format: 'webm', crf: 30 }, ctx });
    expect(options).toEqual([
      { format: 'mp4', fps: 8, crf: 18, loop: 0, name: 'clip' },
      { format: 'webm', fps: 25, crf: 30, loop: 0, name: 'clip' },
    ]);
  });

  test('still: a frame that is not there is refused', async () => {
    const ctx = machine({ media: { still: async (_, { index }) => ({ ...file, name: `frame ${index}` }) } });
    const at = (index: number) => run<'file'>('still', { inputs: { frames: framesOf(3) }, params: { index }, ctx });
    expect((await at(2)).picture!.name).toBe('frame 2');
    await expect(at(3)).rejects.toThrow('Take 2 or less');
  });

  test('video: frames are counted at the chosen rate, and empty means all', async () => {
    const asked: unknown[] = [];
    const ctx = machine({
      media: {
        video: async (...about) => {
          asked.push(about);
          return framesOf(1);
        },
      },
    });
    await run('video', { params: { asset: 'a'.repeat(64) }, ctx });
    await run('video', { params: { asset: 'b'.repeat(64), fps: 8, start: 4, count: 17 }, ctx });
    expect(asked).toEqual([
      ['a'.repeat(64), { fps: undefined, start: 0, count: undefined }],
      ['b'.repeat(64), { fps: 8, start: 4, count: 17 }],
    ]);
  });
});
