import { describe, expect, test } from 'vitest';
import type { Graph } from '../../nodes/graph';
import { diffGraphs } from '../../nodes/graph-diff';
import { graphOf } from './graphs-for-tests';

const graph = graphOf(
  {
    words: ['prompt', { text: 'a red ball' }],
    noise: ['noise-seed'],
    denoiser: ['denoiser'],
    film: ['video'],
    muxer: ['muxer'],
  },
  ['noise.noise > denoiser.noise', 'film.frames > muxer.frames'],
);
const says = (after: Graph, before = graph) => diffGraphs(before, after).map((change) => change.says);
const setting = (id: string, params: Record<string, unknown>): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node.id === id ? { ...node, params: { ...node.params, ...params } } : node)),
});

describe('what differs between two graphs', () => {
  test('nothing, when only looks differ or a default is written out', () => {
    expect(says({ ...graph, layout: { ...graph.layout, positions: { film: { x: 4, y: 4 } } } })).toEqual([]);
    const bare = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'denoiser' ? { ...node, params: {} } : node)),
    };
    expect(says(bare)).toEqual([]);
    expect(says(graph, bare)).toEqual([]);
  });

  test('settings, with both values', () => {
    expect(says(setting('denoiser', { steps: 30, sampler: 'euler', shift: 5 }))).toEqual([
      'Denoiser: Sampler “unipc” → “euler”',
      'Denoiser: Steps 20 → 30',
      'Denoiser: Shift auto → 5',
    ]);
    expect(says(setting('words', { text: `a ${'very '.repeat(40)}red ball` }))[0]).toMatch(
      /“a red ball” → “a very .*…” \(212 letters\)/,
    );
  });

  test('nodes, wires, switches', () => {
    const swapped: Graph = {
      ...graph,
      nodes: [
        ...graph.nodes
          .filter(({ id }) => id !== 'film')
          .map((node) => (node.id === 'muxer' ? { ...node, off: 'mute' as const } : node)),
        ...graphOf({ picture: ['image', { asset: 'f'.repeat(64) }] }, []).nodes,
      ],
      wires: [{ from: { node: 'picture', port: 'frames' }, to: { node: 'muxer', port: 'frames' } }],
    };
    expect(diffGraphs(graph, swapped)).toMatchObject([
      { node: 'film', is: 'removed', says: 'Video removed' },
      { node: 'denoiser', is: 'unwired', says: 'Denoiser: Noise cut' },
      { node: 'muxer', is: 'switched', says: 'Muxer muted' },
      { node: 'muxer', is: 'wired', says: 'Muxer: Frames from Image, Frames' },
      { node: 'picture', is: 'added', says: 'Image added' },
      { node: 'picture', is: 'set', says: `Image: Picture empty → “${'f'.repeat(64)}”` },
    ]);
  });

  test('another node under an old id is another node', () => {
    const other = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'film' ? { ...node, type: 'image', params: {} } : node)),
    };
    expect(says(other)).toEqual(['Video removed', 'Image added']);
  });

  test('unknown nodes and wild values are told like any other', () => {
    const strange = { id: 'x', type: 'of-tomorrow', version: 3, params: { a: Number.NaN } };
    expect(says({ ...graph, nodes: [...graph.nodes, strange] })).toEqual([
      'of-tomorrow added',
      'of-tomorrow: A auto → NaN',
    ]);
    expect(
      says({ ...graph, nodes: [...graph.nodes, strange] }, { ...graph, nodes: [...graph.nodes, strange] }),
    ).toEqual([]);
  });
});
