import { type Dtype, dtypeBytes } from './safetensors-header';

export interface TensorToWrite {
  shape: readonly number[];
  data: Float32Array | { dtype: Dtype; bytes: Uint8Array };
}

/**
 * Encodes tensors as a safetensors file, in the given order, as parts to be written one after the other.
 * The same tensors and metadata always give the same bytes. Throws when a shape and its data disagree.
 */
export function safetensorsParts(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length) header['__metadata__'] = metadata;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const isFloats = data instanceof Float32Array;
    const dtype = isFloats ? 'F32' : data.dtype;
    const bytes = isFloats ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data.bytes;
    const wanted = shape.reduce((total, size) => total * size, dtypeBytes[dtype]);
    if (bytes.length !== wanted) {
      throw new Error(`The tensor "${name}" [${shape.join()}] needs ${wanted} bytes and has ${bytes.length}.`);
    }
    header[name] = { dtype, shape, data_offsets: [at, at + wanted] };
    parts.push(bytes);
    at += wanted;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8 keep the data aligned, as the reference implementation does.
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return [head, ...parts];
}

/** The same as one array of bytes. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat(safetensorsParts(tensors, metadata));
}
