import type { Value } from '../../onnx/model';
import { add, linear, multiply, reshape, silu, transpose } from '../../onnx/ops';
import { map, type Shape5, type StageBuilder, shapeOf, type Volume } from './vae-stage';

const normEps = 1e-8;
/** Features of the time a latent is decoded at, before they are embedded. */
export const timeWidth = 256;

/** What residual blocks of a stage share. */
export interface Blocks {
  /** Of the norm on the way round, where the width changes. */
  eps: number;
  /** Embedded time [1, 4 * channels] of decoders that are told how noisy a latent is. */
  time?: Value;
  /** Whether each convolution is followed by noise, scaled by channel (0.9.1). */
  noisy?: boolean;
}

/** `x / sqrt(mean over channels of x² + 1e-8)`. */
function norm(b: StageBuilder, x: Volume): Volume {
  const { g } = b;
  return map(x, (value) => {
    const squares = g.op('ReduceMean', [multiply(g, value, value), g.ints([1])], { keepdims: 1 });
    return g.op('Div', [value, g.op('Sqrt', [add(g, squares, g.floats([normEps]))])]);
  });
}

/** Norm, shift and scale by time where there is one, SiLU. */
function normSilu(b: StageBuilder, x: Volume, by?: { shift: Value; scale: Value }): Volume {
  const { g } = b;
  return map(norm(b, x), (value) =>
    silu(g, by ? add(g, multiply(g, value, add(g, by.scale, g.floats([1]))), by.shift) : value),
  );
}

/** `time` [1, count * channels] plus a learned table [count, channels], as `count` values [1, channels, 1, 1, 1]. */
function timeShifts(b: StageBuilder, about: { time: Value; table: string; count: number; channels: number }): Value[] {
  const { g } = b;
  const { time, table, count, channels } = about;
  const learned = g.weight(b.checkpoint.get(table, [count, channels]), [1, count * channels]);
  const parts = g.ops('Split', [add(g, time, learned)], count, { axis: 1, num_outputs: count });
  return parts.map((part) => reshape(g, part, [1, channels, 1, 1, 1]));
}

/** Features [1, 256] of the decoder's time, embedded: [1, out]. */
export function embedTime(b: StageBuilder, features: Value, key: string, out: number): Value {
  const { g, checkpoint } = b;
  const layer = (name: string, x: Value, from: number) =>
    linear(
      g,
      x,
      checkpoint.get(`${key}.timestep_embedder.${name}.weight`, [out, from]),
      checkpoint.get(`${key}.timestep_embedder.${name}.bias`, [out]),
    );
  return layer('linear_2', silu(g, layer('linear_1', features, timeWidth)), out);
}

/** Two convolutions round a shortcut. */
export function residual(b: StageBuilder, x: Volume, key: string, about: Blocks & { out: number }): Volume {
  const { out, time, noisy, eps } = about;
  const [shift1, scale1, shift2, scale2] = time
    ? timeShifts(b, { time, table: `${key}.scale_shift_table`, count: 4, channels: x.channels })
    : [];
  const noised = (y: Volume, which: 1 | 2) => {
    if (!noisy) return y;
    const name = `${key}.per_channel_scale${which}`;
    const scale = b.g.weight(b.checkpoint.get(name, [y.channels, 1, 1]), [1, y.channels, 1, 1, 1]);
    const noise = b.noiseFor(name, y);
    return map(y, (value) => add(b.g, value, multiply(b.g, noise, scale)));
  };
  const before = normSilu(b, x, shift1 && scale1 && { shift: shift1, scale: scale1 });
  const hidden = noised(b.conv(before, `${key}.conv1.conv`, { out, kernel: 3 }), 1);
  const between = normSilu(b, hidden, shift2 && scale2 && { shift: shift2, scale: scale2 });
  const y = noised(b.conv(between, `${key}.conv2.conv`, { out, kernel: 3 }), 2);
  const round = b.delayed(x, `${key}.shortcut`, y.frames);
  const shortcut =
    x.channels === out
      ? round
      : b.conv(layerNorm(b, round, `${key}.norm3`, eps), `${key}.conv_shortcut.conv`, { out, kernel: 1 });
  return map(y, (value) => add(b.g, value, shortcut.value!));
}

/** LayerNorm over channels, with weights. */
function layerNorm(b: StageBuilder, x: Volume, key: string, eps: number): Volume {
  const { g } = b;
  const { channels } = x;
  const weight = (name: string) => g.weight(b.checkpoint.get(`${key}.${name}`, [channels]), [1, channels, 1, 1, 1]);
  const mean = (value: Value) => g.op('ReduceMean', [value, g.ints([1])], { keepdims: 1 });
  return map(x, (value) => {
    const centred = g.op('Sub', [value, mean(value)]);
    const deviation = g.op('Sqrt', [add(g, mean(multiply(g, centred, centred)), g.floats([eps]))]);
    return add(g, multiply(g, g.op('Div', [centred, deviation]), weight('weight')), weight('bias'));
  });
}

/** The last layers of both halves: norm, time in decoders that are told it, SiLU, convolution. */
export function head(b: StageBuilder, x: Volume, key: string, about: { out: number; time?: Value }): Volume {
  const { out, time } = about;
  const [shift, scale] = time
    ? timeShifts(b, { time, table: `${key}.scale_shift_table`, count: 2, channels: x.channels })
    : [];
  const before = normSilu(b, x, shift && scale && { shift, scale });
  return b.conv(before, `${key}.conv_out.conv`, { out, kernel: 3 });
}

type Steps = readonly [time: number, rows: number, columns: number];

/** Channels (c, time, row, column) become a block of time and space. */
function unfold(b: StageBuilder, x: Volume, [time, rows, columns]: Steps): Volume {
  const { frames, height, width } = x;
  const channels = x.channels / (time * rows * columns);
  const y = { ...x, channels, frames: frames * time, height: height * rows, width: width * columns };
  if (!x.value) return { ...y, value: null };
  const blocks = reshape(b.g, x.value, [channels, time, rows, columns, frames, height, width]);
  return { ...y, value: reshape(b.g, transpose(b.g, blocks, [0, 4, 1, 5, 2, 6, 3]), shapeOf(y)) };
}

/** The opposite. Frames must be whole groups. */
function fold(b: StageBuilder, x: Volume, [time, rows, columns]: Steps): Volume {
  const y: Volume = {
    value: null,
    channels: x.channels * time * rows * columns,
    frames: x.frames / time,
    height: x.height / rows,
    width: x.width / columns,
  };
  if (!x.value) return y;
  const blocks = reshape(b.g, x.value, [x.channels, y.frames, time, y.height, rows, y.width, columns]);
  return { ...y, value: reshape(b.g, transpose(b.g, blocks, [0, 2, 4, 6, 1, 3, 5]), shapeOf(y)) };
}

/** Doubles frames and picture: n frames become 2n - 1. `factor` is by how much it narrows beyond what the doubling takes. */
export function upsample(
  b: StageBuilder,
  x: Volume,
  key: string,
  about: { factor: number; hasShortcut: boolean },
): Volume {
  const steps: Steps = [2, 2, 2];
  const out = (x.channels * 8) / about.factor;
  const dropFirst = (y: Volume, name: string) => (b.seesFirst(y, name) ? b.cut(y, 1, y.frames) : y);
  const y = dropFirst(unfold(b, b.conv(x, `${key}.conv.conv`, { out, kernel: 3 }), steps), `${key}.long`);
  if (!about.hasShortcut) return y;
  const short = dropFirst(unfold(b, x, steps), `${key}.short`);
  const round = b.delayed(short, `${key}.shortcut`, y.frames);
  const repeats = out / x.channels;
  return map(y, (value) => {
    const tiled = repeats === 1 ? round.value! : b.g.op('Concat', new Array(repeats).fill(round.value), { axis: 1 });
    return add(b.g, value, tiled);
  });
}

/** Shrinks by `steps` with a way round that averages neighbouring channels (0.9.5): n frames become (n + 1) / 2. */
export function shrink(b: StageBuilder, x: Volume, key: string, about: { out: number; steps: Steps }): Volume {
  const { g } = b;
  const { out, steps } = about;
  const [time] = steps;
  const area = steps.reduce((a, c) => a * c, 1);
  const longer = b.repeatFirst(x, `${key}.first`, time - 1);
  const convolved = b.conv(longer, `${key}.conv.conv`, { out: out / area, kernel: 3 });
  const y = fold(b, b.groups(convolved, `${key}.groups`, time), steps);
  const round = fold(b, b.groups(longer, `${key}.shortcut.groups`, time), steps);
  const size = (x.channels * area) / out;
  const averaged = map({ ...round, channels: out }, (value) => {
    const shape: Shape5 = [out, size, round.frames, round.height, round.width];
    return reshape(
      g,
      g.op('ReduceMean', [reshape(g, value, shape), g.ints([1])], { keepdims: 0 }),
      shapeOf({ ...round, channels: out }),
    );
  });
  const shortcut = b.delayed(averaged, `${key}.shortcut`, y.frames);
  return map(y, (value) => add(g, value, shortcut.value!));
}

/** Folds squares of `patch` pixels into channels: (channel, column, row), the column being the slower of the two. */
export function foldPatches(b: StageBuilder, x: Volume, patch: number): Volume {
  const { channels, frames } = x;
  const y = { ...x, channels: channels * patch * patch, height: x.height / patch, width: x.width / patch };
  return map(y, (value) => {
    const blocks = reshape(b.g, value, [channels, frames, y.height, patch, y.width, patch]);
    return reshape(b.g, transpose(b.g, blocks, [0, 5, 3, 1, 2, 4]), shapeOf(y));
  });
}

/** Undoes `foldPatches`. */
export function unfoldPatches(b: StageBuilder, x: Volume, patch: number): Volume {
  const { frames, height, width } = x;
  const channels = x.channels / (patch * patch);
  const y = { ...x, channels, height: height * patch, width: width * patch };
  return map(y, (value) => {
    const blocks = reshape(b.g, value, [channels, patch, patch, frames, height, width]);
    return reshape(b.g, transpose(b.g, blocks, [0, 3, 4, 2, 5, 1]), shapeOf(y));
  });
}
