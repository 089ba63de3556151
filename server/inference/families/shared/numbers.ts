/// <reference lib="es2024.arraybuffer" />

/**
 * fp32 numbers, all 0, whose memory can be given back at once. That of a plain array stays until the collector comes by,
 * and what it waits for is not what ONNX Runtime takes beside it.
 */
export const takeNumbers = (count: number): Float32Array => {
  const bytes = Float32Array.BYTES_PER_ELEMENT * count;
  return new Float32Array(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, count);
};

/** Gives back what `takeNumbers` took: the array is empty from now on. */
export function giveBack({ buffer }: Float32Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0);
}
