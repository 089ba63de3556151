import type { Checkpoint } from './checkpoint';

/** Weights [out, in] in eight bits, transposed for ONNX: row `o` of the original is `values[:, o] * scales[o]`. */
export interface Quantised {
  /** [in, out]. */
  values: Int8Array;
  /** [out]. */
  scales: Float32Array;
}

/** Rows that are turned together: what is written lies side by side then. */
const together = 64;

/**
 * Brings a matrix [out, in] to integers from -top to top, each output channel by its own largest number. `top` is 127, or 64
 * for processors that add up products of bytes in 16 bits.
 */
export function quantise(weights: Float32Array, out: number, top: number): Quantised {
  const width = weights.length / out;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(out);
  const factors = new Float32Array(together);
  for (let first = 0; first < out; first += together) {
    const rows = Math.min(together, out - first);
    for (let row = 0; row < rows; row++) {
      const largest = largestOf(weights, (first + row) * width, (first + row + 1) * width);
      scales[first + row] = largest / top;
      factors[row] = largest > 0 ? top / largest : 0;
    }
    for (let column = 0; column < width; column++) {
      for (let row = 0, at = column * out + first; row < rows; row++, at++) {
        const x = weights[(first + row) * width + column]! * factors[row]!;
        // Storing cuts off what is behind the point.
        values[at] = x + (x < 0 ? -0.5 : 0.5);
      }
    }
  }
  return { values, scales };
}

function largestOf(weights: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(weights[i]!);
    if (size > largest) largest = size;
  }
  return largest;
}

/** Bytes of the weights that a checkpoint has in eight bits; 0 when it is as it was published. */
export function int8Bytes({ tensors }: Checkpoint): number {
  let bytes = 0;
  for (const { int8 } of tensors.values()) bytes += int8?.values.bytes ?? 0;
  return bytes;
}
