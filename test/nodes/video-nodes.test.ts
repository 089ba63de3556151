import { describe, expect, test } from 'vitest';
import { makeNode } from '../../nodes/graph';
import type { Machine, MediaDoor } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { FramesValue, WireType } from '../../nodes/values';
import { resizeFrames } from '../../server/media/pictures';

/** A clip whose every byte of frame n is n, with a note of how far it was read and how often it was let go. */
function numbered(about: { count: number; width?: number; height?: number; fps?: number; from?: number }) {
  const { count, width = 8, height = 6, fps = 8, from = 0 } = about;
  const seen = { read: 0, closed: 0 };
  async function* read() {
    try {
      for (let index = 0; index < count; index++) {
        seen.read = Math.max(seen.read, index + 1);
        yield new Uint8Array(width * height * 3).fill(from + index);
      }
    } finally {
      seen.closed++;
    }
  }
  const clip: FramesValue = { kind: 'frames', width, height, count, fps, read };
  return { clip, seen };
}

const media: Pick<MediaDoor, 'resize'> = { resize: resizeFrames };
/** Sound: these nodes ask the machine for nothing but `media.resize`, the real one. */
const ctx = { media } as unknown as Machine;

async function run(type: string, inputs: Record<string, FramesValue>, params: Record<string, unknown> = {}) {
  const definition = registry[type]!;
  const parsed = { ...makeNode(type, 'it').params, ...params };
  const { frames } = await definition.run({ inputs, params: definition.params.parse(parsed), ctx });
  return frames as FramesValue; // the only output of all nodes here is called so
}

function infer(type: string, inputs: Record<string, WireType['facts']>, params: Record<string, unknown> = {}) {
  const definition = registry[type]!;
  const parsed = definition.params.parse({ ...makeNode(type, 'it').params, ...params });
  const wires = Object.fromEntries(
    Object.entries(inputs).map(([name, facts]) => [name, { kind: 'frames' as const, facts }]),
  );
  const { outputs, problems = [] } = definition.infer!({ inputs: wires, params: parsed, models: {} });
  return { facts: outputs?.frames, problems };
}

async function values(frames: FramesValue): Promise<number[]> {
  const all: number[] = [];
  for await (const frame of frames.read()) {
    expect(frame).toHaveLength(frames.width * frames.height * 3);
    all.push(frame[0]!);
  }
  expect(all).toHaveLength(frames.count);
  return all;
}

const factsOf = ({ width, height, count, fps }: FramesValue) => ({ width, height, count, fps });

describe('trim', () => {
  test('keeps the part that was asked for, and reads no further', async () => {
    const { clip, seen } = numbered({ count: 100 });
    const kept = await run('trim', { frames: clip }, { start: 10, count: 3 });
    expect(await values(kept)).toEqual([10, 11, 12]);
    expect(seen).toEqual({ read: 13, closed: 1 });
    expect(await values(await run('trim', { frames: clip }, { start: 97, count: 50 }))).toEqual([97, 98, 99]);
    expect(await values(await run('trim', { frames: clip }, { start: 98 }))).toEqual([98, 99]);
  });

  test('says before the run what is left, and when nothing is', () => {
    const facts = { width: 8, height: 6, count: 17, fps: 8 };
    expect(infer('trim', { frames: facts }, { start: 10 }).facts).toEqual({ ...facts, count: 7 });
    expect(infer('trim', { frames: facts }, { start: 17 }).problems[0]?.says).toMatch(/Start at 16 or earlier/);
    expect(infer('trim', { frames: { fps: 8 } }, { start: 17 }).problems).toEqual([]);
  });

  test('a start beyond a clip of unknown length fails with the same sentence', async () => {
    const { clip } = numbered({ count: 5 });
    await expect(run('trim', { frames: clip }, { start: 5 })).rejects.toThrow(/Start at 4 or earlier/);
  });
});

describe('join', () => {
  test('puts one behind the other, each let go once', async () => {
    const one = numbered({ count: 3 });
    const two = numbered({ count: 2, from: 50 });
    const both = await run('join', { first: one.clip, second: two.clip });
    expect(await values(both)).toEqual([0, 1, 2, 50, 51]);
    expect([one.seen.closed, two.seen.closed]).toEqual([1, 1]);
  });

  test('a reader that stops in the first never opens the second', async () => {
    const one = numbered({ count: 3 });
    const two = numbered({ count: 2 });
    const both = await run('join', { first: one.clip, second: two.clip });
    for await (const _ of both.read()) break;
    expect(one.seen).toEqual({ read: 1, closed: 1 });
    expect(two.seen).toEqual({ read: 0, closed: 0 });
  });

  test('the second takes the size and the rate of the first and keeps its speed', async () => {
    const one = numbered({ count: 2, fps: 8 });
    const two = numbered({ count: 6, fps: 16, width: 16, height: 12, from: 100 });
    const both = await run('join', { first: one.clip, second: two.clip }, { fit: 'fill' });
    expect(factsOf(both)).toEqual({ width: 8, height: 6, count: 5, fps: 8 });
    expect(await values(both)).toEqual([0, 1, 101, 103, 105]);
    const slow = numbered({ count: 3, fps: 4, from: 100 });
    expect(await values(await run('join', { first: one.clip, second: slow.clip }))).toEqual([
      0, 1, 100, 100, 101, 101, 102, 102,
    ]);
  });

  test('says the length before the run, exactly as it will be', async () => {
    for (const [fps, count] of [
      [8, 9],
      [24, 49],
      [30, 7],
      [23.976, 100],
      [1, 1],
    ] as const) {
      const one = numbered({ count: 5, fps: 8 });
      const two = numbered({ count, fps });
      const both = await run('join', { first: one.clip, second: two.clip });
      expect(infer('join', { first: factsOf(one.clip), second: factsOf(two.clip) }).facts).toEqual(factsOf(both));
      expect(await values(both)).toHaveLength(both.count);
    }
  });
});

describe('crop', () => {
  test('cuts the same area out of every picture', async () => {
    const picture = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => i);
    const clip: FramesValue = {
      ...{ kind: 'frames', width: 4, height: 3, count: 2, fps: 8 },
      async *read() {
        yield picture;
        yield picture;
      },
    };
    const area = await run('crop', { frames: clip }, { left: 1, top: 1, width: 2, height: 2 });
    expect(factsOf(area)).toEqual({ width: 2, height: 2, count: 2, fps: 8 });
    const frames: number[][] = [];
    for await (const frame of area.read()) frames.push([...frame]);
    const expected = [15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32];
    expect(frames).toEqual([expected, expected]);
  });

  test('an area that hangs over is a problem where it can be mended', async () => {
    const { clip } = numbered({ count: 1 });
    const params = { left: 5, top: 0, width: 4, height: 7 };
    const { problems } = infer('crop', { frames: factsOf(clip) }, params);
    expect(problems.map(({ param }) => param)).toEqual(['width', 'height']);
    await expect(run('crop', { frames: clip }, params)).rejects.toThrow(/ends at column 9, and the pictures at 8/);
  });
});

describe('resize', () => {
  test('gives every picture the new size, as a stream', async () => {
    const { clip, seen } = numbered({ count: 50, from: 60 });
    const large = await run('resize', { frames: clip }, { width: 20, height: 10, fit: 'fill' });
    expect(factsOf(large)).toEqual(infer('resize', { frames: factsOf(clip) }, { width: 20, height: 10 }).facts);
    for await (const frame of large.read()) {
      expect(frame).toHaveLength(20 * 10 * 3);
      expect(frame[0]).toBe(60);
      break;
    }
    expect(seen).toEqual({ read: 1, closed: 1 });
  });
});

describe('muxer', () => {
  test('a rate that browsers do not show is a problem before anything runs', () => {
    expect(infer('muxer', { frames: { fps: 60 } }, { format: 'gif' }).problems[0]?.says).toMatch(/at most 50 pictures/);
    expect(infer('muxer', { frames: { fps: 24 } }, { format: 'webp', fps: 120 }).problems[0]?.param).toBe('fps');
    expect(infer('muxer', { frames: { fps: 60 } }, { format: 'gif', fps: 25 }).problems).toEqual([]);
    expect(infer('muxer', { frames: { fps: 60 } }, { format: 'mp4' }).problems).toEqual([]);
  });

  test('tells how many pictures were taken, and a cancel between two of them lets the clip go', async () => {
    const told: number[] = [];
    const { clip, seen } = numbered({ count: 5 });
    const stopped = new Error('The run was cancelled.');
    const takeAll: MediaDoor['mux'] = async (frames) => {
      for await (const _ of frames.read());
      throw new Error('The reader was not stopped.');
    };
    const progress = async (done: number) => {
      told.push(done);
      if (done === 3) throw stopped;
    };
    // Sound: the muxer asks for nothing but these two.
    const ctx = { media: { mux: takeAll }, progress } as unknown as Machine;
    const { run, params } = registry.muxer!;
    await expect(run({ inputs: { frames: clip }, params: params.parse({}), ctx })).rejects.toBe(stopped);
    expect(told).toEqual([1, 2, 3]);
    expect(seen).toEqual({ read: 3, closed: 1 });
  });
});
