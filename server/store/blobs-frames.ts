import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { FramesValue } from '../../nodes/values';
import { type BlobId, writeAll } from './blobs';
import { BlobDamaged, isDiskFull } from './blobs-errors';

/**
 * Frames on disk: a header of 256 bytes (JSON, padded with spaces), the frames as rgb24, then one SHA-256 per frame.
 * The digests let any part be read and checked without reading the rest; `table` is the SHA-256 of all of them.
 */
export interface StoredFrames {
  width: number;
  height: number;
  count: number;
  fps: number;
  table: string;
}

/** Frames are read one by one, small ones together up to so many bytes: every read waits for a turn of the event loop. */
const readBytes = 1 << 20;
const headerBytes = 256;
const digestBytes = 32;

/** Bytes a clip takes on disk. */
export const framesBytes = ({ width, height, count }: Pick<StoredFrames, 'width' | 'height' | 'count'>): number =>
  headerBytes + count * (width * height * 3 + digestBytes);

export interface DrainOptions {
  signal: AbortSignal;
  /** Called when the disk is full; true when it made room and the write should be tried again. */
  makeRoom(bytes: number): Promise<boolean>;
}

/**
 * Reads all frames once and writes them to a new file. Holds one frame at a time. `seconds` is the time the source took,
 * the time for writing left out. Throws when the source gives frames of another number or size than it said.
 */
export async function drainFrames(
  frames: FramesValue,
  file: string,
  { signal, makeRoom }: DrainOptions,
): Promise<{ id: BlobId; stored: StoredFrames; seconds: number }> {
  const { width, height, count, fps } = frames;
  const bytes = framesBytes(frames);
  const whole = createHash('sha256');
  const digests: Buffer[] = [];
  const handle = await fs.promises.open(file, 'wx');
  let seconds = 0;
  let written = 0;
  const put = async (chunk: Uint8Array) => {
    whole.update(chunk);
    for (;;) {
      try {
        await writeAll(handle, chunk, written);
        written += chunk.length;
        return;
      } catch (error) {
        if (!isDiskFull(error) || !(await makeRoom(bytes))) throw error;
      }
    }
  };
  try {
    const header = JSON.stringify({ skein: 'frames', pixels: 'rgb24', width, height, count, fps });
    await put(Buffer.from(header.padEnd(headerBytes)));
    let asked = performance.now();
    for await (const frame of frames.read()) {
      seconds += (performance.now() - asked) / 1000;
      signal.throwIfAborted();
      if (frame.length !== width * height * 3 || digests.length === count) {
        throw new Error(wrongFrames(frames, digests.length, frame.length));
      }
      digests.push(createHash('sha256').update(frame).digest());
      await put(frame);
      asked = performance.now();
    }
    seconds += (performance.now() - asked) / 1000;
    if (digests.length !== count) throw new Error(wrongFrames(frames, digests.length, 0));
    const table = Buffer.concat(digests);
    await put(table);
    const stored = { width, height, count, fps, table: sha256Of(table) };
    return { id: { sha256: whole.digest('hex'), bytes }, stored, seconds };
  } finally {
    await handle.close();
  }
}

const wrongFrames = ({ width, height, count }: FramesValue, got: number, length: number) =>
  got === count || length === 0
    ? `${count} frames were promised and ${got === count ? 'more' : got} came. This is a fault of the node: please report it.`
    : `Frame ${got} has ${length} bytes, and ${width}x${height} pixels have ${width * height * 3}. This is a fault of the node: please report it.`;

/**
 * Frames that lie in a file, read one at a time and each checked. `lost` is told when the file is damaged or gone,
 * before the reader gets the error.
 */
export function framesIn(file: string, about: { stored: StoredFrames; sha256: string; lost(): void }): FramesValue {
  const { width, height, count, fps, table } = about.stored;
  const size = width * height * 3;
  async function* read(): AsyncGenerator<Uint8Array> {
    const handle = await fs.promises.open(file, 'r').catch((error: unknown) => {
      about.lost();
      throw error;
    });
    const take = async (length: number, at: number) => {
      const chunk = Buffer.allocUnsafeSlow(length);
      for (let have = 0; have < length; ) {
        const { bytesRead } = await handle.read(chunk, have, length - have, at + have);
        if (!bytesRead) throw damaged();
        have += bytesRead;
      }
      return chunk;
    };
    const damaged = () => {
      about.lost();
      return new BlobDamaged(about.sha256);
    };
    try {
      const digests = await take(count * digestBytes, headerBytes + count * size);
      if (sha256Of(digests) !== table) throw damaged();
      const together = Math.max(1, Math.floor(readBytes / size));
      for (let first = 0; first < count; first += together) {
        const some = Math.min(together, count - first);
        const chunk = await take(some * size, headerBytes + first * size);
        for (let index = first; index < first + some; index++) {
          const frame = chunk.subarray((index - first) * size, (index - first + 1) * size);
          const digest = createHash('sha256').update(frame).digest();
          if (digest.compare(digests, index * digestBytes, (index + 1) * digestBytes) !== 0) throw damaged();
          yield frame;
        }
      }
    } finally {
      await handle.close();
    }
  }
  return { kind: 'frames', width, height, count, fps, read };
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
