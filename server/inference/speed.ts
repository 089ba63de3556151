import { GraphBuilder } from './onnx/model';
import { type Device, Session } from './session';

const width = 2048;
const layers = 2;
const gigaflops = (rows: number) => (2 * rows * width * width * layers) / 1e9;

/**
 * How fast a device multiplies matrices of the size that real models have, in GFLOP/s. Small work would measure how
 * long a device takes to start, and a processor would win against any graphics card; so a device that is quick with
 * 1 GFLOP is asked for 17.
 */
export async function measureSpeed(device: Device): Promise<number> {
  const g = new GraphBuilder('speed');
  const x = g.input('x', 'f32', ['N', width]);
  const weight = g.op('Expand', [g.floats([1 / width], [1, 1]), g.ints([width, width])]);
  let y = x;
  for (let layer = 0; layer < layers; layer++) y = g.op('Gemm', [y, weight], { transB: 1 });
  g.output('y', g.op('ReduceMean', [y], { keepdims: 1 }));
  const session = await Session.open(`Speed of ${device.name}`, g.finish(), { device, weights: 'resident' });
  try {
    const seconds = async (rows: number) => {
      const feeds = { x: { data: new Float32Array(rows * width).fill(1), shape: [rows, width] } };
      await session.run(feeds, ['y']);
      const start = performance.now();
      await session.run(feeds, ['y']);
      return (performance.now() - start) / 1000;
    };
    const [few, many] = [64, 1024];
    const brief = await seconds(few);
    return brief > 0.1 ? gigaflops(few) / brief : gigaflops(many) / (await seconds(many));
  } finally {
    await session.release();
  }
}
