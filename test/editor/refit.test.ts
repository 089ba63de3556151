import { describe, expect, test } from 'vitest';
import { insertions, insertOnWire, replacements, replaceNode } from '../../app/editor/state/refit';
import type { Graph, GraphWire } from '../../nodes/graph';
import { graphOf, models } from '../nodes/graphs-for-tests';

const graph = graphOf(
  {
    model: ['model', { model: 'gosling' }],
    noise: ['noise-seed', { width: 80, height: 48 }],
    film: ['video'],
    resize: ['resize', { width: 320, height: 200, fit: 'contain' }],
    muxer: ['muxer', { name: 'mine' }],
    still: ['still'],
  },
  [
    'model.denoiser > noise.model',
    'film.frames > resize.frames',
    'resize.frames > muxer.frames',
    'resize.frames > still.frames',
  ],
);
const wire = (from: string, to: string): GraphWire =>
  graph.wires.find((one) => one.from.node === from && one.to.node === to)!;
const ends = ({ wires }: Graph) =>
  wires.map(({ from, to }) => `${from.node}.${from.port}>${to.node}.${to.port}`).sort();

describe('insert on a wire', () => {
  test('offers what takes and gives the kind of the wire, and nothing else', () => {
    const types = insertions(graph, models, wire('film', 'resize')).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['crop', 'trim', 'resize', 'join']));
    for (const type of ['muxer', 'image', 'vae-decoder', 'denoiser', 'prompt']) expect(types).not.toContain(type);
    expect(insertions(graph, models, wire('model', 'noise')).map(({ type }) => type)).toContain('lora');
  });

  test('joins both halves and leaves the other wires alone', () => {
    const made = insertOnWire(graph, models, { wire: wire('resize', 'muxer'), type: 'crop', at: { x: 5, y: 6 } })!;
    expect(ends(made.graph)).toEqual([
      'crop.frames>muxer.frames',
      'film.frames>resize.frames',
      'model.denoiser>noise.model',
      'resize.frames>crop.frames',
      'resize.frames>still.frames',
    ]);
    expect(made.graph.layout.positions['crop']).toEqual({ x: 5, y: 6 });
    expect(
      insertOnWire(graph, models, { wire: wire('resize', 'muxer'), type: 'prompt', at: { x: 0, y: 0 } }),
    ).toBeNull();
  });
});

describe('replace a node', () => {
  test('keeps its place, name, settings of the same names, and its wires', () => {
    const named = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'resize' ? { ...node, title: 'Smaller' } : node)),
    };
    const {
      id,
      graph: next,
      kept,
    } = replaceNode(
      { ...named, layout: { ...named.layout, positions: { resize: { x: 7, y: 8 } }, widths: { resize: 300 } } },
      models,
      { id: 'resize', type: 'crop' },
    );
    expect(kept).toBe(3);
    expect(next.nodes.find((node) => node.id === id)).toMatchObject({
      type: 'crop',
      title: 'Smaller',
      params: { width: 320, height: 200 },
    });
    expect(next.layout.positions).toEqual({ [id]: { x: 7, y: 8 } });
    expect(next.layout.widths).toEqual({ [id]: 300 });
    expect(ends(next)).toContain(`${id}.frames>still.frames`);
    expect(next.nodes).toHaveLength(graph.nodes.length);
  });

  test('a setting the new node refuses is not carried over', () => {
    const { graph: next } = replaceNode(graph, models, { id: 'muxer', type: 'still' });
    expect(next.nodes.find(({ type, id }) => type === 'still' && id !== 'still')?.params).toMatchObject({
      format: 'png',
      name: 'mine',
    });
  });

  test('offers first what keeps most', () => {
    const found = replacements(graph, models, 'film');
    expect(found[0]!.type).toBe('image');
    expect(replacements(graph, models, 'resize')[0]!.portTitle).toBe('keeps 3 of 3 wires');
    expect(found.map(({ type }) => type)).not.toContain('prompt');
  });
});
