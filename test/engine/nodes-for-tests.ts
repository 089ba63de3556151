import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineNode, optional, port } from '../../nodes/define';
import type { LatentValue } from '../../nodes/values';

/** Nodes that only tests know: real definitions over real values, small enough to see through. */

const clip = (data: Float32Array): LatentValue => ({
  kind: 'latent',
  space: 'test',
  data,
  shape: [1, 1, 1, data.length],
});
const size = z.int().min(1).default(4);

const source = defineNode({
  type: 'source',
  version: 1,
  title: 'Source',
  says: 'A clip of one number.',
  inputs: {},
  outputs: { out: port.latent('The clip') },
  params: z.object({ value: z.number().default(0), size }),
  infer: ({ params }) => ({ outputs: { out: { space: 'test', width: params.size } } }),
  run: async ({ params }) => ({ out: clip(new Float32Array(params.size).fill(params.value)) }),
});

const mix = defineNode({
  type: 'mix',
  version: 1,
  title: 'Mix',
  says: 'Between two clips.',
  inputs: { a: port.latent('One'), b: port.latent('Another') },
  outputs: { out: port.latent('The mixture') },
  params: z.object({ weight: z.number().min(0).max(1).default(0.5) }),
  async run({ inputs, params }) {
    const { a, b } = inputs;
    if (a.data.length !== b.data.length)
      throw new Error(`One has ${a.data.length} numbers, the other ${b.data.length}`);
    return { out: clip(a.data.map((one, i) => one * (1 - params.weight) + b.data[i]! * params.weight)) };
  },
});

const wait = defineNode({
  type: 'wait',
  version: 1,
  title: 'Wait',
  says: 'Passes a clip on after a while.',
  inputs: { in: optional(port.latent('A clip')) },
  outputs: { out: port.latent('The same') },
  params: z.object({ milliseconds: z.number().default(100), value: z.number().default(0) }),
  async run({ inputs, params, ctx }) {
    await sleep(params.milliseconds, undefined, { signal: ctx.signal });
    return { out: clip(inputs.in ? inputs.in.data.slice() : new Float32Array(4).fill(params.value)) };
  },
});

const compute = defineNode({
  type: 'compute',
  version: 1,
  title: 'Compute',
  says: 'Needs the device for a while.',
  inputs: { in: optional(port.latent('A clip')) },
  outputs: { out: port.latent('The same') },
  params: z.object({ milliseconds: z.number().default(0), value: z.number().default(0), seed: z.int().default(0) }),
  computes: true,
  async run({ inputs, params }) {
    await sleep(params.milliseconds);
    return { out: clip(inputs.in ? inputs.in.data.slice() : new Float32Array(4).fill(params.value)) };
  },
});

const fail = defineNode({
  type: 'fail',
  version: 1,
  title: 'Fail',
  says: 'Cannot.',
  inputs: { in: optional(port.latent('A clip')) },
  outputs: { out: port.latent('Nothing') },
  params: z.object({ says: z.string().default('It cannot be done'), milliseconds: z.number().default(0) }),
  async run({ params }) {
    await sleep(params.milliseconds);
    throw new Error(params.says);
  },
});

/** Gives up by itself, as a node that asks another program does. */
const impatient = defineNode({
  type: 'impatient',
  version: 1,
  title: 'Impatient',
  says: 'Waits for an answer, not for ever.',
  inputs: {},
  outputs: { out: port.latent('Never') },
  params: z.object({ patience: z.number().default(20) }),
  async run({ params, ctx }) {
    const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(params.patience)]);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    throw new Error('unreachable');
  },
});

const inUse = new Set<string>();
/** Holds something of which there is one, as a node that opens a device or a file does. */
const hold = defineNode({
  type: 'hold',
  version: 1,
  title: 'Hold',
  says: 'Needs something for itself.',
  inputs: {},
  outputs: { out: port.latent('A clip') },
  params: z.object({ resource: z.string(), milliseconds: z.number().default(30) }),
  async run({ params, ctx }) {
    if (inUse.has(params.resource)) throw new Error(`${params.resource} is in use`);
    inUse.add(params.resource);
    try {
      await sleep(params.milliseconds, undefined, { signal: ctx.signal });
      return { out: clip(new Float32Array(4)) };
    } finally {
      inUse.delete(params.resource);
    }
  },
});

/** Gives whatever a test wants to see refused. */
const wrong = defineNode({
  type: 'wrong',
  version: 1,
  title: 'Wrong',
  says: 'Breaks its promise.',
  inputs: {},
  outputs: { out: port.latent('A clip') },
  params: z.object({ how: z.enum(['kind', 'missing', 'length', 'nan', 'space']) }),
  infer: () => ({ outputs: { out: { space: 'test' } } }),
  async run({ params }) {
    const right = clip(new Float32Array(4));
    const made: Record<string, unknown> = {
      kind: { out: { kind: 'text', text: 'not a clip' } },
      missing: {},
      length: { out: { ...right, shape: [1, 1, 2, 4] } },
      nan: { out: clip(new Float32Array([0, 1, Number.NaN, 3])) },
      space: { out: { ...right, space: 'elsewhere' } },
    };
    return made[params.how] as { out: LatentValue }; // the lie is the test
  },
});

/** Eight bytes of state per step, so that resuming wrongly shows in every later number. */
const steps = defineNode({
  type: 'steps',
  version: 1,
  title: 'Steps',
  says: 'Goes step by step, each from the last.',
  inputs: { in: optional(port.latent('Where to start')) },
  outputs: { out: port.latent('Where it ends') },
  params: z.object({
    steps: z.int().default(8),
    milliseconds: z.number().default(0),
    size,
    failAt: z.int().default(-1),
  }),
  computes: true,
  async run({ inputs, params, ctx }) {
    const saved = await ctx.resume();
    let x = saved?.state.arrays.x ?? inputs.in?.data ?? new Float32Array(params.size).fill(0.5);
    let memory = saved?.state.numbers.memory ?? 0.1;
    for (let index = saved ? saved.index + 1 : 0; index < params.steps; index++) {
      await sleep(params.milliseconds);
      if (index === params.failAt) throw new Error('The network broke down');
      const before = memory;
      // A new array: the one before has been handed over to be saved.
      x = x.map((value) => 3.7 * value * (1 - value) + before * 1e-3);
      memory = Math.sin(memory + index + x[0]!);
      await ctx.step({ index, of: params.steps, state: { arrays: { x }, numbers: { memory } } });
    }
    return { out: clip(x) };
  },
});

const film = defineNode({
  type: 'film',
  version: 1,
  title: 'Film',
  says: 'Frames, made as they are read.',
  inputs: {},
  outputs: { frames: port.frames('Grey pictures') },
  params: z.object({
    count: z.int().default(5),
    side: z.int().default(16),
    gives: z.int().default(-1),
    milliseconds: z.number().default(0),
  }),
  async run({ params }) {
    const { count, side, milliseconds } = params;
    async function* read() {
      for (let index = 0; index < (params.gives < 0 ? count : params.gives); index++) {
        await sleep(milliseconds);
        yield new Uint8Array(side * side * 3).fill(index);
      }
    }
    return { frames: { kind: 'frames', width: side, height: side, count, fps: 8, read } };
  },
});

const brightness = defineNode({
  type: 'brightness',
  version: 1,
  title: 'Brightness',
  says: 'The mean of every frame.',
  inputs: { frames: port.frames('Pictures') },
  outputs: { out: port.latent('One number per frame') },
  params: z.object({ first: z.int().default(1000) }),
  async run({ inputs, params }) {
    const means: number[] = [];
    for await (const frame of inputs.frames.read()) {
      means.push(frame.reduce((sum, byte) => sum + byte, 0) / frame.length);
      if (means.length === params.first) break;
    }
    return { out: clip(Float32Array.from(means)) };
  },
});

const again = defineNode({
  type: 'again',
  version: 1,
  title: 'Again',
  says: 'The same frames once more, slowly.',
  inputs: { frames: port.frames('Pictures') },
  outputs: { frames: port.frames('The same') },
  params: z.object({ milliseconds: z.number().default(3) }),
  async run({ inputs, params }) {
    const { frames } = inputs;
    async function* read() {
      for await (const frame of frames.read()) {
        await sleep(params.milliseconds);
        yield frame;
      }
    }
    return { frames: { ...frames, read } };
  },
});

const show = defineNode({
  type: 'show',
  version: 1,
  title: 'Show',
  says: 'Wants a clip for its own sake.',
  inputs: { in: port.latent('A clip') },
  outputs: { out: port.latent('The same') },
  params: z.object({ label: z.string().default('') }),
  sink: true,
  run: async ({ inputs }) => ({ out: inputs.in }),
});

const word = defineNode({
  type: 'word',
  version: 1,
  title: 'Word',
  says: 'Adds a letter.',
  inputs: { in: optional(port.text('Words')) },
  outputs: { out: port.text('The words and one letter') },
  params: z.object({}),
  run: async ({ inputs }) => ({ out: { kind: 'text', text: `${inputs.in?.text ?? ''}x` } }),
});

const count = defineNode({
  type: 'count',
  version: 1,
  title: 'Count',
  says: 'Counts letters.',
  inputs: { in: port.text('Words') },
  outputs: { out: port.latent('Their number') },
  params: z.object({}),
  run: async ({ inputs }) => ({ out: clip(Float32Array.of(inputs.in.text.length)) }),
});

/** The same node after its meaning has changed. */
export const newerMix = { ...mix, version: 2 };

export const testNodes = {
  source,
  mix,
  wait,
  compute,
  fail,
  impatient,
  hold,
  wrong,
  steps,
  film,
  brightness,
  again,
  word,
  count,
  show,
};
