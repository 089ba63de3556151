import { describe, expect, test } from 'vitest';
import { nodeTimes } from '../../app/compare/node-times';
import { shapeOf } from '../../app/compare/use-side';
import { whole, zoomed } from '../../app/compare/use-zoom';
import { emptyGraph, type Graph, makeNode } from '../../nodes/graph';

describe('seconds of the nodes of two runs', () => {
  const graph: Graph = { ...emptyGraph(), nodes: [makeNode('denoiser', 'd'), makeNode('muxer', 'm')] };
  const other: Graph = { ...emptyGraph(), nodes: [makeNode('denoiser', 'd'), makeNode('still', 'm')] };
  const ran = (node: string, seconds: number | null, state: 'done' | 'reused' | 'failed' = 'done') => ({
    ...{ node, seconds, state },
  });

  test('stand beside each other, the longest first; what was cached or failed says so', () => {
    const a = { graph, nodes: [ran('m', 0.5), ran('d', 2)] };
    const b = { graph, nodes: [ran('d', null, 'reused'), ran('m', 0.1, 'failed')] };
    expect(nodeTimes(a, b)).toMatchObject([
      { title: 'Denoiser', a: 2, b: 'cached' },
      { title: 'Muxer', a: 0.5, b: 'failed' },
    ]);
  });

  test('a node of another type is another node, and what took no time in both is left out', () => {
    const a = { graph, nodes: [ran('d', 0.0001), ran('m', 1)] };
    const b = { graph: other, nodes: [ran('d', 0, 'reused'), ran('m', 3)] };
    const rows = nodeTimes(a, b);
    expect(rows.map(({ title }) => title)).toEqual(['Still', 'Muxer']);
    expect(rows[0]).not.toHaveProperty('a');
    expect(nodeTimes(a, undefined)).toHaveLength(1);
    expect(nodeTimes(undefined, undefined)).toEqual([]);
  });
});

test('a zoom keeps what is under the pointer in its place, and ends at the whole and at its limit', () => {
  const at = { x: 100, y: -40 };
  const once = zoomed(whole, 2, at);
  // The point of the picture at the pointer was at `at` and is there still.
  expect({ x: once.x + at.x * once.scale, y: once.y + at.y * once.scale }).toEqual(at);
  const twice = zoomed(once, 1.5, { x: -30, y: 7 });
  const under = { x: (-30 - once.x) / once.scale, y: (7 - once.y) / once.scale };
  expect(twice.x + under.x * twice.scale).toBeCloseTo(-30, 9);
  expect(twice.y + under.y * twice.scale).toBeCloseTo(7, 9);
  expect(zoomed(twice, 0.01, at)).toEqual(whole);
  expect(zoomed(twice, 1e6, at).scale).toBe(32);
});

test('what the library knows of a file: films by their frames and seconds, pictures as one frame', () => {
  const asset = { width: 64, height: 48, frames: 17, seconds: 2.125 } as Parameters<typeof shapeOf>[0]; // all it looks at
  expect(shapeOf(asset)).toEqual({ width: 64, height: 48, count: 17, fps: 8 });
  expect(shapeOf({ ...asset, frames: null, seconds: null })).toEqual({ width: 64, height: 48, count: 1, fps: 1 });
  expect(shapeOf({ ...asset, width: null })).toBeNull();
});
