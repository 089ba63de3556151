import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

type Shapes = ReadonlyMap<string, readonly number[]>;
type StoredAs = 'BF16' | 'F32';
const bytesOf = { BF16: 2, F32: 4 } as const;

const sizeOf = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

/** Writes tensors of small random numbers without ever holding the file in memory. Returns its bytes. */
export async function writeRandomWeights(shapes: Shapes, path: string, dtype: StoredAs = 'BF16'): Promise<number> {
  const header: Record<string, { dtype: StoredAs; shape: readonly number[]; data_offsets: [number, number] }> = {};
  let at = 0;
  for (const [name, shape] of shapes) {
    const bytes = bytesOf[dtype] * sizeOf(shape);
    header[name] = { dtype, shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const text = JSON.stringify(header);
  // Padded with spaces, as its own library does, so that numbers begin where processors like them to.
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 64) * 64 - 8 + 64));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const noise = randomNumbers(8 << 20, dtype);
  const file = createWriteStream(path, { highWaterMark: 16 << 20 });
  file.write(length);
  file.write(json);
  for (let left = at; left > 0; left -= noise.length) {
    if (!file.write(left < noise.length ? noise.subarray(0, left) : noise)) {
      await once(file, 'drain');
    }
  }
  file.end();
  await finished(file);
  return at;
}

/** The same in shards of at most so many bytes, with their index. `stem` is the file's name without an ending. */
export async function writeRandomShards(shapes: Shapes, folder: string, about: { stem: string; most: number }) {
  const shards: Map<string, readonly number[]>[] = [];
  let [room, total] = [0, 0];
  for (const [name, shape] of shapes) {
    const bytes = bytesOf.BF16 * sizeOf(shape);
    if (!shards.length || bytes > room) {
      shards.push(new Map());
      room = about.most;
    }
    room -= bytes;
    shards.at(-1)!.set(name, shape);
  }
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const number = (n: number) => String(n).padStart(5, '0');
    const file = `${about.stem}-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    for (const name of shard.keys()) weightMap[name] = file;
    total += await writeRandomWeights(shard, join(folder, file));
  }
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  await writeFile(join(folder, `${about.stem}.safetensors.index.json`), JSON.stringify(index));
  return total;
}

/** Values of both signs around 0.02, from a small generator: real weights are about that large. bf16 holds each exactly. */
function randomNumbers(bytes: number, dtype: StoredAs): Uint8Array {
  const values = new Uint16Array(bytes / bytesOf[dtype]);
  let state = 1;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((state >>> 31) << 15) | 0x3c80 | ((state >>> 20) & 0x7f);
  }
  if (dtype === 'BF16') return new Uint8Array(values.buffer);
  // fp32 is bf16 with sixteen more bits.
  return new Uint8Array(Uint32Array.from(values, (half) => half * 2 ** 16).buffer);
}
