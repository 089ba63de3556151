import { attention, rotary } from './onnx/attention';
import { GraphBuilder, type OnnxModel, type Value } from './onnx/model';
import { add, gather, gelu, modulatedNorm, multiply, reshape, rmsNorm, silu, transpose } from './onnx/ops';
import { type Device, integers, type Tensor } from './session';

/** Long enough for the kernels that long sequences get: short ones take other paths and would prove nothing. */
const tokens = 64;
const heads = 4;
const size = 32;
const width = heads * size;
const wide = 1024;

export const probeOutputs = ['attention', 'block'] as const;

const wave = (count: number, speed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(speed * i));

/**
 * A network in miniature with every kind of operator that real ones use. `attention` is one attention alone; `block`
 * goes through norms, matrices, rotary embedding, both activations, a 3-D convolution and the shape operators.
 */
export function probeGraph(device: Device): OnnxModel {
  const g = new GraphBuilder('probe');
  const x = g.input('x', 'f32', ['N', width]);
  const matrix = (rows: number, columns: number, speed: number) =>
    multiply(g, g.floats(wave(rows * columns, speed), [rows, columns]), g.floats([1 / Math.sqrt(columns)]));
  const project = (value: Value, out: number, from: number, speed: number) =>
    g.op('Gemm', [value, matrix(out, from, speed)], { transB: 1 });
  const single = (value: Value) => reshape(g, value, [1, -1, width]);
  const ones = g.floats(new Float32Array(width).fill(1));

  const groups = 4;
  const shifts = {
    scale: g.floats(wave(groups * width, 0.3), [groups, 1, width]),
    bias: g.floats(wave(groups * width, 0.2), [groups, 1, width]),
  };
  const grouped = reshape(g, x, [groups, -1, width]);
  const normed = reshape(g, modulatedNorm(g, grouped, { ...shifts, eps: 1e-6, width, device }), [-1, width]);
  const positions = g.input('positions', 'i64', [1, 'N']);
  const tables = {
    heads,
    positions,
    cos: g.input('cos', 'f32', ['N', 'half']),
    sin: g.input('sin', 'f32', ['N', 'half']),
  };
  const q = rotary(g, single(rmsNorm(g, project(normed, width, width, 0.31), ones, 1e-6)), tables);
  const k = rotary(g, single(rmsNorm(g, project(normed, width, width, 0.57), ones, 1e-6)), tables);
  const v = single(project(normed, width, width, 0.83));
  const seen = attention(g, { q, k, v }, { heads, size, mode: device.attention });
  g.output('attention', seen);

  let y = add(g, x, reshape(g, seen, [-1, width]));
  y = add(g, y, project(gelu(g, project(y, wide, width, 0.11)), width, wide, 0.13));
  const picture = reshape(g, transpose(g, y, [1, 0]), [1, width, 4, 4, 4]);
  const kernel = multiply(g, g.floats(wave(width * width * 27, 0.17), [width, width, 3, 3, 3]), g.floats([0.02]));
  const convolved = g.op('Conv', [picture, kernel], { kernel_shape: [3, 3, 3], pads: [1, 1, 1, 1, 1, 1] });
  y = add(g, y, transpose(g, reshape(g, silu(g, convolved), [width, tokens]), [1, 0]));
  const [first, second] = g.ops('Split', [gather(g, y, g.input('which', 'i64', ['W']))], 2, {
    axis: 1,
    num_outputs: 2,
  });
  g.output('block', multiply(g, first!, second!));
  return g.finish();
}

export function probeFeeds(): Record<string, Tensor> {
  const order = Array.from({ length: tokens }, (_, token) => token);
  const angles = wave((tokens * size) / 2, 0.7);
  return {
    x: { data: wave(tokens * width, 0.05), shape: [tokens, width] },
    positions: integers(order, [1, tokens]),
    cos: { data: angles.map(Math.cos), shape: [tokens, size / 2] },
    sin: { data: angles.map(Math.sin), shape: [tokens, size / 2] },
    which: integers([...order].reverse()),
  };
}
