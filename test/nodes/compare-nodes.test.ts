import { describe, expect, test } from 'vitest';
import { makeNode } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import type { FramesValue, MeasuresValue } from '../../nodes/values';
import { heatColours } from '../../nodes/video/heat-map';
import { resizeFrames } from '../../server/media/pictures';
import { collect, frameGrey, patchClip } from '../media/clips';
import { machine, run } from './machine-for-tests';

const ctx = machine({ media: { resize: resizeFrames } });
const shape = { width: 8, height: 6, fps: 8 };

/** Every byte of a frame is `grey`. */
const flat = (grey: number, count = 3): FramesValue => ({
  kind: 'frames',
  ...shape,
  count,
  async *read() {
    for (let i = 0; i < count; i++) yield new Uint8Array(8 * 6 * 3).fill(grey);
  },
});

const compared = async (params: Record<string, unknown>, inputs = { a: flat(100), b: flat(140, 5) }) => {
  const { frames } = await run<'frames'>('compare', { inputs, params, ctx });
  return { ...frames!, all: await collect(frames!.read()) };
};

describe('compare', () => {
  test('puts both side by side, one above the other, or at either side of a line', async () => {
    const beside = await compared({});
    expect(beside).toMatchObject({ width: 16, height: 6, count: 3, fps: 8 });
    expect(beside.all).toHaveLength(3);
    const row = [...new Array(24).fill(100), ...new Array(24).fill(140)];
    expect([...beside.all[2]!]).toEqual(Array.from({ length: 6 }, () => row).flat());
    const above = await compared({ view: 'stacked' });
    expect(above).toMatchObject({ width: 8, height: 12 });
    expect([above.all[0]![0], above.all[0]!.at(-1)]).toEqual([100, 140]);
    const split = await compared({ view: 'split', place: 0.25 });
    expect(split).toMatchObject({ width: 8, height: 6 });
    expect([...split.all[1]!.subarray(0, 24)]).toEqual([...new Array(6).fill(100), ...new Array(18).fill(140)]);
  });

  test('shows where they differ, times the gain', async () => {
    const { all } = await compared({ view: 'difference', gain: 2 });
    expect([...all[0]!.subarray(0, 3)]).toEqual([...heatColours.subarray(240, 243)]);
    const none = await compared({ view: 'difference' }, { a: flat(7), b: flat(7) });
    expect([...none.all[0]!.subarray(0, 3)]).toEqual([...heatColours.subarray(0, 3)]);
  });

  test('says before the run what will come out, and how clips that do not fit are compared', () => {
    const facts = (width: number, count: number) => ({ kind: 'frames' as const, facts: { ...shape, width, count } });
    const params = registry.compare!.params.parse(makeNode('compare', 'it').params);
    const { outputs, note } = registry.compare!.infer!({
      inputs: { a: facts(8, 3), b: facts(16, 5) },
      params,
      models: {},
    });
    expect(outputs?.frames).toEqual({ width: 16, height: 6, count: 3, fps: 8 });
    expect(note).toMatch(/compared at 8 × 6.*the first 0\.4 s/);
  });
});

describe('measure', () => {
  const figures = async (inputs: Record<string, FramesValue>) =>
    (await run<'measures'>('measure', { inputs, ctx })).measures as MeasuresValue;

  test('one clip: what it is by itself', async () => {
    const { figures: found } = await figures({ a: patchClip({ ...shape, width: 64, height: 48, count: 3 }) });
    expect(Object.keys(found).sort()).toEqual(['flicker', 'motion', 'sharpness']);
    // Only the twelfth patch changes: by six levels a frame, all its channels.
    expect(found.flicker).toBeCloseTo(1 - (frameGrey(1) - frameGrey(0)) / 255 / 12, 6);
  });

  test('two clips: also how near they are', async () => {
    const { figures: found } = await figures({ a: flat(100), b: flat(140, 5) });
    expect(found.psnr).toBeCloseTo(20 * Math.log10(255 / 40), 6);
    expect(found.ssim).toBeLessThan(1);
    expect(found).toMatchObject({ flicker: 1, flickerB: 1, motion: 0, motionB: 0 });
  });
});
