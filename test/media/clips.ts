import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { FramesValue } from '../../nodes/values';

/** A folder that is gone when the tests of the file are over. */
export function tempFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'skein-media-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const patches: readonly (readonly [number, number, number])[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
  [0, 255, 255],
  [255, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
  [128, 128, 128],
  [200, 120, 40],
  [30, 90, 160],
];

/** Twelve patches of colour, 4 across; the twelfth is a grey that tells the number of the frame. */
export function patchFrame(width: number, height: number, index: number): Buffer {
  const frame = Buffer.allocUnsafeSlow(width * height * 3);
  const grey = frameGrey(index);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const patch = Math.floor((x * 4) / width) + 4 * Math.floor((y * 3) / height);
      const [r, g, b] = patches[patch] ?? [grey, grey, grey];
      const at = (y * width + x) * 3;
      frame[at] = r;
      frame[at + 1] = g;
      frame[at + 2] = b;
    }
  return frame;
}

export const frameGrey = (index: number) => 20 + ((index * 6) % 216);

/** Red, green and blue in the middle of a patch. */
export function patchAt(frame: Uint8Array, { width, height }: { width: number; height: number }, patch: number) {
  const x = Math.floor(((patch % 4) + 0.5) * (width / 4));
  const y = Math.floor((Math.floor(patch / 4) + 0.5) * (height / 3));
  const at = (y * width + x) * 3;
  return [frame[at]!, frame[at + 1]!, frame[at + 2]!] as const;
}

/** A clip of patches. `onClose` hears when a reader is done with it, early or late. */
export function patchClip(
  { width, height, count, fps = 24 }: { width: number; height: number; count: number; fps?: number },
  hooks: { onClose?(): void; before?(index: number): Promise<void> | void } = {},
): FramesValue {
  async function* read() {
    try {
      for (let index = 0; index < count; index++) {
        await hooks.before?.(index);
        yield patchFrame(width, height, index);
      }
    } finally {
      hooks.onClose?.();
    }
  }
  return { kind: 'frames', width, height, count, fps, read };
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** Ids of running children of this process whose program is ffmpeg; Linux only. */
export function ffmpegChildren(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        const fields = readFileSync(`/proc/${id}/stat`, 'utf8');
        const [, name = '', state, parent] = /\((.*)\) (\S) (\d+)/.exec(fields) ?? [];
        return name.startsWith('ffmpeg') && Number(parent) === process.pid && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}
