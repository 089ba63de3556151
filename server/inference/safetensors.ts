import { lstat, open, realpath, stat } from 'node:fs/promises';
import type { Delta } from './onnx/deltas';
import type { Int8Weight } from './onnx/int8';
import {
  type Dtype,
  dtypeBytes,
  headerLength,
  parseHeader,
  SafetensorsError,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header';

export { type Dtype, SafetensorsError } from './safetensors-header';

/** A tensor in a file on disk: enough to read it or to let ONNX Runtime map it. */
export interface StoredTensor {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** Real path of the file. */
  file: string;
  /** First byte within the file. */
  offset: number;
  bytes: number;
  /** What its values are to be multiplied by: one number, or one for each row. fp8 files have it. */
  scale?: StoredTensor;
  /** What LoRAs add to it. */
  deltas?: readonly Delta[];
  /** The same in eight bits, to be multiplied by in its place. */
  int8?: Int8Weight;
  /** It is to be multiplied by in fp16. */
  isHalf?: boolean;
}

export interface SafetensorsFile {
  /** Real path. */
  path: string;
  bytes: number;
  metadata: Record<string, string>;
  tensors: Map<string, StoredTensor>;
}

/**
 * Opens and checks a safetensors file; reads only its header.
 * `owned` refuses links of both kinds: for files that strangers may have placed.
 * Throws SafetensorsError, or a plain Error with a remedy when there is no such file.
 */
export async function openSafetensors(path: string, options: { owned?: boolean } = {}): Promise<SafetensorsFile> {
  const file = await realpath(path).catch(() => {
    throw new Error(`${path}: there is no such file. Put it there, or correct the path.`);
  });
  const about = await stat(file);
  if (!about.isFile()) throw new SafetensorsError('NOT_SAFETENSORS', path, 'This is not a plain file.');
  if (options.owned && (about.nlink !== 1 || (await lstat(path)).isSymbolicLink())) {
    throw new SafetensorsError('LINKED', path, 'This is a link to another file.', 'Copy the file itself here.');
  }
  const handle = await open(file, 'r');
  try {
    const first = new Uint8Array(8);
    const { bytesRead } = await handle.read(first, 0, 8, 0);
    const length = headerLength(first.subarray(0, bytesRead), about.size, path);
    const json = new Uint8Array(length);
    await handle.read(json, 0, length, 8);
    const header = parseHeader(json, about.size - 8 - length, path);
    return { path: file, bytes: about.size, metadata: header.metadata, tensors: place(header, file, 8 + length) };
  } finally {
    await handle.close();
  }
}

const place = (header: SafetensorsHeader, file: string, start: number): Map<string, StoredTensor> =>
  new Map(
    [...header.tensors].map(([name, { dtype, shape, begin, end }]) => [
      name,
      { name, dtype, shape, file, offset: start + begin, bytes: end - begin },
    ]),
  );

/** Reads a whole tensor as fp32, as it is stored: without scale and deltas. */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array> {
  const handle = await open(tensor.file, 'r');
  try {
    const raw = new Uint8Array(tensor.bytes);
    await handle.read(raw, 0, tensor.bytes, tensor.offset);
    return widen(raw, tensor.dtype);
  } finally {
    await handle.close();
  }
}

/** Reads single rows of a [rows, width] tensor as fp32, scaled: [indices.length, width]. Throws when an index is outside. */
export async function readRows(tensor: StoredTensor, indices: readonly number[]): Promise<Float32Array> {
  const [rows = 0, width = 0] = tensor.shape;
  const rowBytes = width * dtypeBytes[tensor.dtype];
  const raw = new Uint8Array(rowBytes * indices.length);
  const handle = await open(tensor.file, 'r');
  try {
    for (const [position, index] of indices.entries()) {
      if (!(index >= 0 && index < rows))
        throw new RangeError(`${tensor.name} has ${rows} rows, none numbered ${index}.`);
      await handle.read(raw, position * rowBytes, rowBytes, tensor.offset + index * rowBytes);
    }
  } finally {
    await handle.close();
  }
  const numbers = widen(raw, tensor.dtype);
  if (!tensor.scale) return numbers;
  const scales = await readTensor(tensor.scale);
  return numbers.map((x, i) => x * scales[scales.length === 1 ? 0 : indices[Math.floor(i / width)]!]!);
}

/** Decodes a whole safetensors file held in memory; every tensor comes as fp32. */
export function decodeSafetensors(
  bytes: Uint8Array,
  file = 'safetensors',
): { metadata: Record<string, string>; tensors: Map<string, { data: Float32Array; shape: readonly number[] }> } {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, file);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length - 8 - length, file);
  const read = ([name, { dtype, shape, begin, end }]: [string, TensorEntry]) => {
    const data = widen(bytes.subarray(8 + length + begin, 8 + length + end), dtype);
    return [name, { data, shape }] as const;
  };
  return { metadata: header.metadata, tensors: new Map([...header.tensors].map(read)) };
}

/** Little-endian numbers as fp32: exact for all types but F64 and integers beyond 2^24. */
export function widen(raw: Uint8Array, dtype: Dtype): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const out = new Float32Array(raw.byteLength / dtypeBytes[dtype]);
  switch (dtype) {
    case 'F32':
      new Uint8Array(out.buffer).set(raw);
      return out;
    case 'BF16': {
      const bits = new Uint32Array(out.buffer);
      const raw16 = shorts(raw);
      for (let i = 0; i < bits.length; i++) bits[i] = raw16[i]! << 16;
      return out;
    }
    case 'F16': {
      halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => small(bits, 5, 10));
      const raw16 = shorts(raw);
      for (let i = 0; i < out.length; i++) out[i] = halves[raw16[i]!]!;
      return out;
    }
    case 'F64':
      for (let i = 0; i < out.length; i++) out[i] = view.getFloat64(8 * i, true);
      return out;
    case 'F8_E5M2':
      for (let i = 0; i < out.length; i++) out[i] = small(raw[i]!, 5, 2);
      return out;
    case 'F8_E4M3':
      // No infinities in this type; all ones is NaN.
      for (let i = 0; i < out.length; i++) out[i] = (raw[i]! & 0x7f) === 0x7f ? Number.NaN : small(raw[i]!, 4, 3);
      return out;
    default: {
      const integer = integerReader(view, dtype);
      for (let i = 0; i < out.length; i++) out[i] = integer(i);
      return out;
    }
  }
}

/** Every fp16 number by its bits: millions are read at a time. */
let halves: Float32Array | undefined;

/** Little-endian shorts; copied where they lie at an odd address. */
const shorts = (raw: Uint8Array): Uint16Array =>
  raw.byteOffset % 2
    ? shorts(raw.slice())
    : new Uint16Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 2));

function integerReader(view: DataView, dtype: Exclude<Dtype, `F${string}` | 'BF16'>): (index: number) => number {
  switch (dtype) {
    case 'I64':
      return (i) => Number(view.getBigInt64(8 * i, true));
    case 'U64':
      return (i) => Number(view.getBigUint64(8 * i, true));
    case 'I32':
      return (i) => view.getInt32(4 * i, true);
    case 'U32':
      return (i) => view.getUint32(4 * i, true);
    case 'I16':
      return (i) => view.getInt16(2 * i, true);
    case 'U16':
      return (i) => view.getUint16(2 * i, true);
    case 'I8':
      return (i) => view.getInt8(i);
    case 'U8':
    case 'BOOL':
      return (i) => view.getUint8(i);
  }
}

/** An IEEE-style float with the given widths of exponent and mantissa. */
function small(bits: number, exponentBits: number, mantissaBits: number): number {
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const sign = bits >> (mantissaBits + exponentBits) ? -1 : 1;
  const bias = (1 << (exponentBits - 1)) - 1;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  if (exponent === (1 << exponentBits) - 1 && exponentBits === 5) return mantissa ? Number.NaN : sign * Infinity;
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}
