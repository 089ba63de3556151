import fs from 'node:fs';
import path from 'node:path';
import { flowing, type Process } from '../../nodes/denoise/process';
import type { Sampler, Sigmas, Stepping } from '../../nodes/denoise/sampling';

export type State = Stepping['state'];
export type Velocity = (x: Float32Array, sigma: number, timestep: number) => Float32Array;

/** Runs a sampler over a list of sigmas and keeps every latent on the way. `from` goes on after that many steps. */
export async function drive(
  sampler: Sampler,
  about: {
    x: Float32Array;
    list: Sigmas;
    velocity: Velocity;
    from?: { index: number; state: State };
    upTo?: number;
    /** For samplers that draw noise; others must not. */
    noise?: (index: number, draw?: number) => Float32Array;
    /** A flow at shift 1 unless another is given. */
    process?: Process;
    eta?: number;
    /** The side without guidance, for CFG++. */
    unguided?: Velocity;
    /** Steps that were asked for, where the sampler has made a list of its own. */
    asked?: number;
  },
): Promise<{ latents: Float32Array[]; state: State; calls: number }> {
  const { list, velocity, from, process = flowing(1) } = about;
  const state: State = from?.state ?? { arrays: {}, numbers: {} };
  const latents: Float32Array[] = [];
  let { x } = about;
  let calls = 0;
  for (let index = from?.index ?? 0; index < (about.upTo ?? list.timesteps.length); index++) {
    const view = async (latent: Float32Array, sigma: number, timestep = process.timestepOf(sigma)) => {
      calls++;
      const found = velocity(latent, sigma, timestep);
      return { velocity: found, unguided: about.unguided?.(latent, sigma, timestep) ?? found };
    };
    const done = await sampler.step(x, {
      index,
      ...list,
      state,
      noise:
        about.noise ??
        (() => {
          throw new Error('A deterministic sampler drew noise.');
        }),
      process,
      asked: about.asked ?? list.timesteps.length,
      eta: about.eta ?? 1,
      cfgpp: about.unguided !== undefined,
      view,
      velocity: async (...place) => (await view(...place)).velocity,
    });
    x = done.x;
    latents.push(x);
  }
  return { latents, state, calls };
}

/**
 * The dummy sample of diffusers' scheduler tests, in memory order: `x[b,c,h,w] = (((c*8+h)*8+w)*4+b)/768`, shape (4,3,8,8);
 * with 96 values that of their 1-D tests, shape (4,3,8).
 */
export function dummySample(size = 768): Float32Array {
  const x = new Float32Array(size);
  const one = size / 4;
  for (let b = 0; b < 4; b++) for (let rest = 0; rest < one; rest++) x[b * one + rest] = (rest * 4 + b) / size;
  return x;
}

/** Its dummy model: `x * t / (t + 1)`. */
export const dummyModel: Velocity = (x, _, t) => x.map((value) => (value * t) / (t + 1));

export const sumAbs = (x: Float32Array) => x.reduce((total, value) => total + Math.abs(value), 0);

export function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`Lengths differ: ${a.length} and ${b.length}.`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const parity = path.resolve(import.meta.dirname, '../parity');

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The fp32 tensors of a parity case, by name; its integer timesteps come from `cases.json`. */
export function parityCase(id: string): Record<string, { data: Float32Array; shape: number[] }> {
  const bytes = fs.readFileSync(path.join(parity, `${id}.safetensors`));
  const length = Number(bytes.readBigUInt64LE(0));
  // A safetensors header is a JSON object of entries.
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Entry>;
  const floats = Object.entries(header).filter(([, entry]) => entry.dtype === 'F32');
  return Object.fromEntries(
    floats.map(
      ([
        name,
        {
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const raw = bytes.buffer.slice(bytes.byteOffset + 8 + length + begin, bytes.byteOffset + 8 + length + end);
        return [name, { data: new Float32Array(raw), shape }];
      },
    ),
  );
}

/** What `cases.json` of the parity fixtures says about a case, as far as samplers are concerned. */
export const parityCases = (
  JSON.parse(fs.readFileSync(path.join(parity, 'cases.json'), 'utf8')) as {
    cases: {
      id: string;
      steps: number;
      guidance_scale: number;
      scheduler: string | { _class_name: string };
      expected: { sigmas: number[]; timesteps: number[] };
      folder: string;
    }[];
  }
).cases;
