import type {
  ConditioningValue,
  FileValue,
  LatentValue,
  MeasuresValue,
  Paused,
  PinsValue,
  TextValue,
  Value,
} from '../../nodes/values';
import { decodeSafetensors } from '../inference/safetensors';
import { safetensorsParts } from '../inference/safetensors-write';
import { numbersFrom, numbersText } from './blobs-numbers';

/** Values that are kept as a safetensors file. */
export type TensorValue = ConditioningValue | LatentValue | PinsValue;
/** Values so small that they are kept inside the cache entry. */
export type InlineValue = TextValue | FileValue | MeasuresValue;

export const isTensor = (value: Value): value is TensorValue =>
  value.kind === 'latent' || value.kind === 'conditioning' || value.kind === 'pins';

/**
 * A value as a safetensors file that other tools can read: `latent` [channels, frames, height, width] or `states`
 * [tokens, width], with all else in the metadata. Equal values give equal bytes.
 */
export function tensorParts(value: TensorValue): Uint8Array[] {
  if (value.kind === 'conditioning') {
    const { kind, family, states, tokens, width, length } = value;
    return safetensorsParts({ states: { data: states, shape: [tokens, width] } }, strings({ kind, family, length }));
  }
  const { kind, space, data, shape } = value;
  if (value.kind === 'pins') {
    const { known, noise, beside = [] } = value;
    const [channels, , height, width] = shape;
    const keyframes = beside.map((one, i) => [keyframe(i), { data: one.data, shape: [channels, height, width] }]);
    const about = beside.length ? beside.map(({ picture, noise: n }) => [picture, n]) : undefined;
    return safetensorsParts(
      { latent: { data, shape }, ...Object.fromEntries(keyframes) },
      strings({ kind, space, known, noise, beside: about }),
    );
  }
  const { fps, paused } = value;
  const way = paused && { sampler: paused.sampler, numbers: numbersText(paused.state.numbers) };
  return safetensorsParts({ latent: { data, shape }, ...wayTensors(paused) }, strings({ kind, space, fps, way }));
}

const keyframe = (index: number): string => `beside.${index}`;

const flat = (data: Float32Array) => ({ data, shape: [data.length] });
const memory = 'way.memory.';

function wayTensors(paused: Paused | undefined) {
  if (!paused) return {};
  const arrays = Object.entries(paused.state.arrays).map(([name, data]) => [memory + name, flat(data)] as const);
  return {
    'way.sigmas': flat(paused.sigmas),
    'way.timesteps': flat(paused.timesteps),
    ...Object.fromEntries(arrays),
  };
}

function wayFrom(tensors: Tensors, about: unknown): Paused {
  const { sampler, numbers } = about as { sampler: string; numbers: string }; // written by `tensorParts`
  const arrays = [...tensors].flatMap(([name, { data }]) =>
    name.startsWith(memory) ? [[name.slice(memory.length), data] as const] : [],
  );
  return {
    sampler,
    sigmas: tensor(tensors, 'way.sigmas').data,
    timesteps: tensor(tensors, 'way.timesteps').data,
    state: { arrays: Object.fromEntries(arrays), numbers: numbersFrom(numbers) },
  };
}

/** The value back, bit for bit. Throws when the bytes are not such a file. */
export function tensorValue(bytes: Uint8Array): TensorValue {
  const { tensors, metadata } = decodeSafetensors(bytes, 'a cached result');
  const about = Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, JSON.parse(text) as unknown]));
  if (about.kind === 'conditioning') {
    const { data: states, shape } = tensor(tensors, 'states');
    const [tokens = 0, width = 0] = shape;
    // Written by `tensorParts` and checked by its hash since.
    return { kind: 'conditioning', family: String(about.family), states, tokens, width, length: Number(about.length) };
  }
  const { data, shape } = tensor(tensors, 'latent');
  const [channels = 0, frames = 0, height = 0, width = 0] = shape;
  const clip = { space: String(about.space), data, shape: [channels, frames, height, width] as const };
  if (about.kind === 'pins') {
    // Written by `tensorParts` and checked by its hash since.
    const pins = { kind: 'pins', ...clip, known: about.known as boolean[], noise: about.noise as number[] } as const;
    const beside = (about.beside as [number, number][] | undefined)?.map(([picture, noise], i) => ({
      ...{ data: tensor(tensors, keyframe(i)).data, picture, noise },
    }));
    return beside ? { ...pins, beside } : pins;
  }
  return {
    kind: 'latent',
    ...clip,
    ...(about.fps === undefined ? {} : { fps: Number(about.fps) }),
    ...(about.way === undefined ? {} : { paused: wayFrom(tensors, about.way) }),
  };
}

type Tensors = ReadonlyMap<string, { data: Float32Array; shape: readonly number[] }>;

function tensor(tensors: Tensors, name: string) {
  const found = tensors.get(name);
  if (!found) throw new Error(`The tensor "${name}" is missing.`);
  return found;
}

const strings = (about: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(about).flatMap(([name, value]) => (value === undefined ? [] : [[name, JSON.stringify(value)]])),
  );
