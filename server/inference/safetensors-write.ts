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
  const parts: Uint8Array[] = [];
  const placed: Record<string, { dtype: Dtype; shape: readonly number[] }> = {};
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const isFloats = data instanceof Float32Array;
    const dtype = isFloats ? 'F32' : data.dtype;
    const bytes = isFloats ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data.bytes;
    const wanted = bytesOf({ dtype, shape });
    if (bytes.length !== wanted) {
      throw new Error(`The tensor "${name}" [${shape.join()}] needs ${wanted} bytes and has ${bytes.length}.`);
    }
    placed[name] = { dtype, shape };
    parts.push(bytes);
  }
  return [safetensorsHead(placed, metadata), ...parts];
}

const bytesOf = ({ dtype, shape }: { dtype: Dtype; shape: readonly number[] }): number =>
  shape.reduce((total, size) => total * size, dtypeBytes[dtype]);

/** What stands before the numbers of these tensors, which follow in the same order: for files too large to be held. */
export function safetensorsHead(
  tensors: Readonly<Record<string, { dtype: Dtype; shape: readonly number[] }>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length) header['__metadata__'] = metadata;
  let at = 0;
  for (const [name, { dtype, shape }] of Object.entries(tensors)) {
    const to = at + bytesOf({ dtype, shape });
    header[name] = { dtype, shape, data_offsets: [at, to] };
    at = to;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8 keep the data aligned, as the reference implementation does.
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return head;
}

/** The same as one array of bytes. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat(safetensorsParts(tensors, metadata));
}
