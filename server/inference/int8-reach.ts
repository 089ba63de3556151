import { GraphBuilder } from './onnx/model';
import { Session } from './session';

const size = 64;
let known: Promise<number> | undefined;

/**
 * The largest weight this processor multiplies exactly: 127, or 64 where it adds up pairs of products of bytes in 16 bits, as
 * x86 without VNNI does; 255 · 127 twice is more than they hold. Found by trying, once for a process.
 */
export const largestInt8 = (): Promise<number> => (known ??= largest());

async function largest(): Promise<number> {
  const g = new GraphBuilder('int8-reach');
  const count = size * size;
  const bytes = g.op('Cast', [g.input('x', 'f32', [size, size])], { to: 2 });
  const sums = g.op('MatMulInteger', [bytes, g.signed(new Int8Array(count).fill(127), [size, size])]);
  g.output('y', g.op('Cast', [sums], { to: 1 }));
  const session = await Session.open('Self-test of products of bytes', g.finish(), { weights: 'resident' });
  try {
    const x = { data: new Float32Array(count).fill(255), shape: [size, size] };
    const { y } = await session.run({ x }, ['y']);
    return y.data.every((sum) => sum === 255 * 127 * size) ? 127 : 64;
  } finally {
    await session.release();
  }
}
