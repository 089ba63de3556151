import type { Denoiser, Machine, StepState, TextEncoder, Vae } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FileValue, FramesValue, LatentValue, ModelCard, ModelPart, ModelValue, Values } from '../../nodes/values';
import { torchNoise } from '../../server/inference/noise';
import { sha256 } from '../../server/inference/sha256';
import { small } from './graphs-for-tests';

type Tensors = Record<string, { data: Float32Array; shape: readonly number[] }>;

/** A machine whose doors are what a test hands in; what is not handed in refuses to be used. */
export function machine(doors: {
  card?: ModelCard;
  denoiser?: Denoiser['predict'];
  encode?: TextEncoder['encode'];
  vae?: Partial<Omit<Vae, 'card'>>;
  media?: Partial<Machine['media']>;
  step?: Machine['step'];
  saved?: { index: number; state: StepState } | null;
}): Machine {
  const card = doors.card ?? small;
  const unused = (name: string) => () => {
    throw new Error(`The test did not expect ${name} to be used.`);
  };
  return {
    signal: new AbortController().signal,
    progress: async () => {},
    step: doors.step ?? (async () => {}),
    resume: async () => doors.saved ?? null,
    noise: torchNoise,
    sha256,
    models: {
      reference: (model, part) => reference(part, model),
      card: () => card,
      lora: (id) => `digest of ${id}`,
      denoiser: async () => ({ card, predict: doors.denoiser ?? unused('the denoiser') }),
      textEncoder: async () => ({ encode: doors.encode ?? unused('the text encoder') }),
      vae: async () => ({ card, decode: unused('decode'), encode: unused('encode'), ...doors.vae }),
    },
    media: {
      image: unused('image'),
      video: unused('video'),
      resize: unused('resize'),
      mux: unused('mux'),
      still: unused('still'),
      tensors: unused('tensors'),
      saveTensors: unused('saveTensors'),
      ...doors.media,
    },
  };
}

export const reference = (part: ModelPart, model = 'gosling'): ModelValue => ({
  kind: 'model',
  model,
  part,
  digest: 'd',
});

/** Runs a node as the engine does: params parsed by its schema. */
export async function run<K extends keyof Values>(
  type: string,
  job: { inputs?: Record<string, Values[keyof Values] | undefined>; params?: Record<string, unknown>; ctx: Machine },
): Promise<Record<string, Values[K]>> {
  const definition = registry[type]!;
  const params = definition.params.parse(job.params ?? {}) as Record<string, unknown>;
  const outputs = await definition.run({ inputs: job.inputs ?? {}, params, ctx: job.ctx });
  // The test knows of which kind the outputs of its node are.
  return outputs as Record<string, Values[K]>;
}

export function latentOf(
  shape: LatentValue['shape'],
  value: (i: number) => number,
  space = small.latent.space,
): LatentValue {
  const count = shape.reduce((product, side) => product * side, 1);
  return { kind: 'latent', space, shape, data: Float32Array.from({ length: count }, (_, i) => value(i)) };
}

export const conditioning = (mark: number): Values['conditioning'] => ({
  kind: 'conditioning',
  family: 'wan',
  states: Float32Array.of(mark),
  tokens: 1,
  width: 1,
  length: 1,
});

/** Frames of one number each: frame i is all `first + i`. Counts how many streams were left open. */
export function framesOf(count: number, size = { width: 32, height: 16 }): FramesValue & { open: () => number } {
  let open = 0;
  return {
    kind: 'frames',
    ...size,
    count,
    fps: 8,
    open: () => open,
    async *read() {
      open += 1;
      try {
        for (let i = 0; i < count; i++) yield new Uint8Array(size.width * size.height * 3).fill(i);
      } finally {
        open -= 1;
      }
    },
  };
}

export async function firstBytes(frames: FramesValue): Promise<number[]> {
  const seen: number[] = [];
  for await (const frame of frames.read()) seen.push(frame[0]!);
  return seen;
}

/** A media door that keeps tensor files in memory. */
export function tensorStore() {
  const files = new Map<string, { tensors: Tensors; metadata: Record<string, string> }>();
  return {
    files,
    async saveTensors(tensors: Tensors, about: { name: string; metadata: Record<string, string> }): Promise<FileValue> {
      const sha256 = String(files.size).padStart(64, '0');
      files.set(sha256, { tensors, metadata: about.metadata });
      return { kind: 'file', sha256, bytes: 1, mime: 'application/octet-stream', name: about.name };
    },
    async tensors(sha256: string) {
      const { tensors } = files.get(sha256)!;
      return Object.fromEntries(
        Object.entries(tensors).map(([name, { data, shape }]) => [name, { data: data.slice(), shape: [...shape] }]),
      );
    },
  };
}
