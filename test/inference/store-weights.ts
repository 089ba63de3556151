import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, type StoredTensor, widen } from '../../server/inference/safetensors';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';

/** Writes tensors into a file of a folder of their own and opens it. */
export async function store(tensors: Record<string, TensorToWrite>): Promise<Map<string, StoredTensor>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-store-')));
  await writeFile(join(folder, 'w.safetensors'), encodeSafetensors(tensors));
  return (await openSafetensors(join(folder, 'w.safetensors'))).tensors;
}

type Small = 'BF16' | 'F16' | 'F8_E4M3';

/** Every number of a small type with its bits, in ascending order: slow and simple, as a test's reference should be. */
const tables = new Map<Small, { bits: number; value: number }[]>();
function table(dtype: Small) {
  const known = tables.get(dtype);
  if (known) return known;
  const count = dtype === 'F8_E4M3' ? 256 : 65536;
  const raw =
    dtype === 'F8_E4M3' ? Uint8Array.from({ length: count }, (_, i) => i) : new Uint16Array(count).map((_, i) => i);
  const values = widen(new Uint8Array(raw.buffer), dtype);
  const list = Array.from(values, (value, bits) => ({ bits, value })).filter(({ value }) => Number.isFinite(value));
  list.sort((a, b) => a.value - b.value || b.bits - a.bits);
  tables.set(dtype, list);
  return list;
}

/** Numbers rounded to the nearest of a small type. */
export function narrow(data: Float32Array, dtype: Small): { dtype: Small; bytes: Uint8Array } {
  const list = table(dtype);
  const bits = Array.from(data, (x) => {
    let [low, high] = [0, list.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle]!.value <= x) low = middle;
      else high = middle;
    }
    return x - list[low]!.value <= list[high]!.value - x ? list[low]!.bits : list[high]!.bits;
  });
  const raw = dtype === 'F8_E4M3' ? Uint8Array.from(bits) : Uint16Array.from(bits);
  return { dtype, bytes: new Uint8Array(raw.buffer) };
}

/** fp8 bytes, and what they stand for. */
export function fp8(data: Float32Array): { bytes: Uint8Array; widened: Float32Array } {
  const { bytes } = narrow(data, 'F8_E4M3');
  return { bytes, widened: widen(bytes, 'F8_E4M3') };
}
