import type { TensorToWrite } from '../../server/inference/safetensors-write';

interface Kind {
  kind: 'plain' | 'super';
  channels: number;
  patch: number;
}

/** Names and shapes of a published tiny decoder that makes four frames of one. */
export function tinyShapes({ kind, channels, patch }: Kind): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, size: readonly number[], bias: boolean) => {
    shapes.set(`decoder.${name}.weight`, size);
    if (bias) shapes.set(`decoder.${name}.bias`, [size[0]!]);
  };
  const widths = kind === 'super' ? [512, 256, 128, 64] : [256, 128, 64, 64];
  let at = kind === 'super' ? 0 : 1;
  conv(`${at}`, kind === 'super' ? [512, channels, 1, 1] : [256, channels, 3, 3], kind === 'plain');
  at += kind === 'super' ? 1 : 2;
  for (const [level, width] of widths.slice(0, 3).entries()) {
    const next = widths[level + 1]!;
    const grow = level === 0 ? 1 : 2;
    for (let block = 0; block < 3; block++, at++) {
      if (kind === 'super') {
        conv(`${at}.conv.0`, [2 * width, 1, 7, 7], false);
        conv(`${at}.conv.1`, [4 * width, 2 * width, 1, 1], true);
        conv(`${at}.conv.3`, [width, 4 * width, 1, 1], false);
      } else for (const layer of [0, 2, 4]) conv(`${at}.conv.${layer}`, [width, layer ? width : 2 * width, 3, 3], true);
    }
    if (kind === 'super') {
      conv(`${at}`, [4 * next, width, 3, 3], true);
      conv(`${at + 3}.conv`, [grow * next, next, 1, 1], false);
      at += 4;
    } else {
      conv(`${at + 1}.conv`, [grow * width, width, 1, 1], false);
      conv(`${at + 2}`, [next, width, 3, 3], false);
      at += 3;
    }
  }
  conv(`${kind === 'super' ? at : at + 1}`, [3 * patch ** 2, 64, 3, 3], true);
  return shapes;
}

/** Numbers between -1 and 1 that look like noise, the same in any language. */
export function hashed(i: number, n: number): number {
  const z = Math.sin(12.9898 * i + 78.233 * n) * 43758.5453;
  return 2 * (z - Math.floor(z)) - 1;
}

/**
 * Weights by formula: element i of the n-th key in ASCII order is `hashed(i, n)`, times sqrt(3 / fan-in) for kernels (0.3 of
 * that in the last layer) and 0.1 for biases (0.5 more in the last layer).
 */
export function tinyWeights(shapes: ReadonlyMap<string, readonly number[]>): Record<string, TensorToWrite> {
  const keys = [...shapes.keys()].sort();
  const last = Math.max(...keys.map((key) => Number(key.split('.')[1])));
  const made: Record<string, TensorToWrite> = {};
  for (const [n, key] of keys.entries()) {
    const shape = shapes.get(key)!;
    const count = shape.reduce((a, b) => a * b, 1);
    const isLast = key.startsWith(`decoder.${last}.`);
    const size = shape.length > 1 ? Math.sqrt(3 / (count / shape[0]!)) * (isLast ? 0.3 : 1) : 0.1;
    const more = shape.length === 1 && isLast ? 0.5 : 0;
    const data = Float32Array.from({ length: count }, (_, i) => more + size * hashed(i, n));
    made[key] = { shape, data };
  }
  return made;
}
