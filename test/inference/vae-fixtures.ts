import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { FramesValue, ModelCard } from '../../nodes/values';
import { openCheckpoint } from '../../server/inference/checkpoint';
import { joinPieces } from '../../server/inference/families/shared/pieces';
import { WanVae, type WanVaeFiles } from '../../server/inference/families/wan/vae';
import { vaeConfig } from '../../server/inference/families/wan/vae-config';
import type { FloatTensor } from '../../server/inference/session';
import { formulaCheckpoint } from './formula-weights';
import { parityFolder } from './parity-files';
import { vaeShapes } from './vae-shapes';

export type Shape = readonly [number, number, number, number];

/** A card with the facts a VAE reads. */
export function card(latent: { channels: number; scale: number }): ModelCard {
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
export const cards = { 'wan21-t2v': card({ channels: 16, scale: 8 }), 'wan22-ti2v': card({ channels: 10, scale: 16 }) };

export const configOf = (folder: string): unknown =>
  JSON.parse(readFileSync(`${parityFolder}/${folder}/vae/config.json`, 'utf8'));
export const openParity = async (folder: keyof typeof cards, how: Omit<WanVaeFiles, 'config' | 'checkpoint'> = {}) => {
  const checkpoint = await openCheckpoint(`${parityFolder}/${folder}/vae`);
  return new WanVae({ config: vaeConfig.parse(configOf(folder)), checkpoint, ...how }, cards[folder]);
};

/** The config of the golden numbers. */
export const tiny = {
  _class_name: 'AutoencoderKLWan',
  base_dim: 3,
  z_dim: 16,
  dim_mult: [1, 1, 1, 1],
  num_res_blocks: 1,
  latents_mean: new Array<number>(16).fill(0),
  latents_std: new Array<number>(16).fill(1),
};
export const openFormula = async () => {
  const checkpoint = await formulaCheckpoint(vaeShapes({ base: 3, multiples: [1, 1, 1, 1], blocks: 1 }));
  expect(checkpoint.tensors.size).toBe(146);
  return new WanVae({ config: vaeConfig.parse(tiny), checkpoint }, card({ channels: 16, scale: 8 }));
};

export const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export const decode = (vae: WanVae, z: Float32Array, shape: Shape, latentFrames?: number) =>
  joinPieces(vae.decodePieces(z, shape, latentFrames ? { latentFrames } : {}), 4 * (shape[1] - 1) + 1);

/** Pieces of `frames` frames, after one of one. */
export async function* cut(x: Float32Array, shape: Shape, frames: number): AsyncGenerator<FloatTensor> {
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
export const encode = (vae: WanVae, x: Float32Array, shape: Shape, frames: number) =>
  joinPieces(
    vae.encodePieces(cut(x, shape, frames), { height: shape[2], width: shape[3], count: shape[1] }),
    (shape[1] - 1) / 4 + 1,
  );

export function clip(pictures: Uint8Array[], about: { width: number; height: number }): FramesValue {
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
export function formulaClip(frames: number, height: number, width: number): FramesValue {
  const pictures = Array.from({ length: frames }, (_, f) =>
    Uint8Array.from({ length: 3 * height * width }, (_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      return (7 * x + 13 * y + 29 * f + 61 * c + x * y + 3 * f * x) % 256;
    }),
  );
  return clip(pictures, { width, height });
}
