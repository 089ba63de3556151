import { describe, expect, test } from 'vitest';
import { clipOf, paste, readClip } from '../../app/editor/state/clipboard';
import * as edits from '../../app/editor/state/edits';
import { replaceNode } from '../../app/editor/state/refit';
import { tidy } from '../../app/editor/state/tidy';
import { active } from '../../nodes/active';
import { typeOf } from '../../nodes/component';
import { freshName } from '../../nodes/component-edits';
import { fingerprints } from '../../nodes/fingerprint';
import { emptyGraph, type Graph, graphSchema, readGraph } from '../../nodes/graph';
import { renameNode } from '../../nodes/rename-node';
import { made } from '../nodes/components-for-tests';
import { graphOf } from '../nodes/graphs-for-tests';

const at = { x: 0, y: 0 };

/** prompt → text encoder ← model. */
function encoderGraph(): Graph {
  let graph = emptyGraph();
  for (const type of ['model', 'prompt', 'text-encoder']) graph = edits.addNode(graph, { type, at }).graph;
  graph = edits.connect(graph, {
    from: { node: 'prompt', port: 'text' },
    to: { node: 'text-encoder', port: 'prompt' },
  });
  return edits.connect(graph, {
    from: { node: 'model', port: 'textEncoder' },
    to: { node: 'text-encoder', port: 'model' },
  });
}

describe('edits of a graph', () => {
  test('a new node has all its defaults and an id nobody else has', () => {
    const once = edits.addNode(emptyGraph(), { type: 'prompt', at });
    const twice = edits.addNode(once.graph, { type: 'prompt', at: { x: 5, y: 7 }, params: { text: 'a star' } });
    expect([once.id, twice.id]).toEqual(['prompt', 'prompt-2']);
    expect(twice.graph.nodes[1]?.params).toEqual({ text: 'a star' });
    expect(twice.graph.layout.positions).toEqual({ prompt: at, 'prompt-2': { x: 5, y: 7 } });
    expect(() => edits.addNode(emptyGraph(), { type: 'no-such-node', at })).toThrow(/no-such-node/);
  });

  test('the card of a component is called after its name, as far as an id can hold it', () => {
    const ids = ['Making a clip 2', '片段', 'constructor'].map((name) => {
      const { components = [] } = made(encoderGraph(), ['prompt'], name);
      const type = typeOf(components[0]!);
      const once = edits.addNode({ ...emptyGraph(), components }, { type, at });
      return [once.id, edits.addNode(once.graph, { type, at }).id];
    });
    expect(ids).toEqual([
      ['making-a-clip', 'making-a-clip-2'],
      ['component', 'component-2'],
      ['constructor-2', 'constructor-3'],
    ]);
  });

  test('ids never meet those of notes and groups', () => {
    const noted = edits.addNote(emptyGraph(), { text: '', at, size: at });
    expect(edits.freshId(noted.graph, 'note')).toBe('note-2');
    expect(edits.freshId(noted.graph, 'note-7')).toBe('note-2');
  });

  test('a card that gets another id, or gives way to another, keeps its pin, its fold and the bends of its wires', () => {
    const wire = 'prompt.text>text-encoder.prompt';
    let graph = edits.setBends(edits.setWidth(encoderGraph(), 'prompt', 300), wire, [{ x: 1, y: 2 }]);
    graph = edits.setCollapsed(edits.setPinned(graph, new Set(['prompt']), true), new Set(['prompt']), true);
    const { layout } = renameNode(graph, 'prompt', 'words');
    expect([layout.pinned, layout.collapsed, layout.widths]).toEqual([['words'], ['words'], { words: 300 }]);
    expect(layout.bends).toEqual({ 'words.text>text-encoder.prompt': [{ x: 1, y: 2 }] });
    const { graph: other, id } = replaceNode(graph, {}, { id: 'prompt', type: 'image' });
    expect([other.layout.pinned, other.layout.collapsed]).toEqual([[id], [id]]);
    expect(edits.setBends(graph, wire, Array(60).fill({ x: 0, y: 0 })).layout.bends?.[wire]).toHaveLength(50);
  });

  test('an id is never a name that JavaScript has, and never too long', () => {
    const graph = emptyGraph();
    expect(edits.freshId(graph, 'constructor-2')).toBe('constructor-2');
    expect(freshName('port'.repeat(16), [{ name: 'port'.repeat(14) }])).toHaveLength(58);
  });

  test('removing a node takes its wires, its place and its width, and nothing else', () => {
    const graph = edits.setWidth(encoderGraph(), 'prompt', 400);
    const less = edits.remove(graph, new Set(['prompt']));
    expect(less.nodes.map(({ id }) => id)).toEqual(['model', 'text-encoder']);
    expect(less.wires).toEqual([graph.wires[1]]);
    expect(less.layout.positions).not.toHaveProperty('prompt');
    expect(less.layout.widths).toEqual({});
  });

  test('a wire into a taken socket takes the place of the one there', () => {
    const more = edits.addNode(encoderGraph(), { type: 'prompt', at });
    const wire = { from: { node: more.id, port: 'text' }, to: { node: 'text-encoder', port: 'prompt' } };
    const graph = edits.connect(more.graph, wire);
    expect(graph.wires.filter(({ to }) => to.port === 'prompt')).toEqual([wire]);
    expect(graph.wires).toHaveLength(2);
  });

  test('cutting one wire leaves the others', () => {
    const graph = encoderGraph();
    const cut = edits.disconnect(graph, new Set([edits.wireId(graph.wires[0]!)]));
    expect(cut.wires).toEqual([graph.wires[1]]);
  });

  test('edits share what they do not touch', () => {
    const graph = encoderGraph();
    const next = edits.setParams(graph, 'prompt', { text: 'a red ball' });
    expect(next.nodes[0]).toBe(graph.nodes[0]);
    expect(next.nodes[2]).toBe(graph.nodes[2]);
    expect(next.wires).toBe(graph.wires);
    expect(graph.nodes[1]?.params).toEqual({ text: '' });
  });

  test('an empty title gives the card its own name back', () => {
    const named = edits.setTitle(encoderGraph(), 'prompt', '  What to see ');
    expect(named.nodes[1]?.title).toBe('What to see');
    expect(edits.setTitle(named, 'prompt', ' ').nodes[1]).not.toHaveProperty('title');
  });

  test('moves reach cards, notes and groups, and leave meaning alone', () => {
    const noted = edits.addNote(encoderGraph(), { text: 'hello', at, size: { x: 100, y: 50 } }).graph;
    const moved = edits.move(noted, { prompt: { x: 9, y: 9 }, note: { x: 1, y: 2 }, nobody: { x: 3, y: 3 } });
    expect(moved.layout.positions['prompt']).toEqual({ x: 9, y: 9 });
    expect(moved.layout.notes[0]?.at).toEqual({ x: 1, y: 2 });
    expect(moved.layout.positions).not.toHaveProperty('nobody');
    expect(moved.nodes).toBe(noted.nodes);
  });

  test('tidying leaves no two cards on each other and keeps the order of work', () => {
    const sizes = Object.fromEntries(encoderGraph().nodes.map(({ id }) => [id, { width: 272, height: 200 }]));
    const places = tidy(encoderGraph(), sizes);
    expect(places['text-encoder']!.x).toBeGreaterThan(places['prompt']!.x + 272);
    expect(Math.abs(places['prompt']!.y - places['model']!.y)).toBeGreaterThanOrEqual(200);
  });
});

describe('copy and paste', () => {
  const both = new Set(['prompt', 'text-encoder']);

  test('the copy has new ids, its inner wires, and no wire from outside', () => {
    const graph = encoderGraph();
    const clip = readClip(JSON.stringify(clipOf(graph, both)));
    const pasted = paste(graph, clip!, { x: 100, y: 50 });
    expect(pasted.ids).toEqual(['prompt-2', 'text-encoder-2']);
    expect(pasted.graph.wires.slice(2)).toEqual([
      { from: { node: 'prompt-2', port: 'text' }, to: { node: 'text-encoder-2', port: 'prompt' } },
    ]);
    expect(pasted.graph.layout.positions['prompt-2']).toEqual({ x: 100, y: 50 });
    expect(graphSchema.safeParse(pasted.graph).success).toBe(true);
  });

  test('params come along and are then the copy’s own', () => {
    const graph = edits.setParams(encoderGraph(), 'prompt', { text: 'a blue box' });
    const pasted = paste(graph, clipOf(graph, both), at).graph;
    const changed = edits.setParams(pasted, 'prompt-2', { text: 'a star' });
    expect(changed.nodes.find(({ id }) => id === 'prompt')?.params).toEqual({ text: 'a blue box' });
  });

  test('pasting twice never meets itself', () => {
    const graph = encoderGraph();
    const clip = clipOf(graph, both);
    const twice = paste(paste(graph, clip, at).graph, clip, at);
    expect(new Set(twice.graph.nodes.map(({ id }) => id)).size).toBe(7);
  });

  test('other text on the clipboard is no clip', () => {
    expect(readClip('a red ball')).toBeNull();
    expect(readClip('{"format":"skein-clip"}')).toBeNull();
    expect(readClip('skein-clip {')).toBeNull();
  });
});

describe('bends and pins are looks: they go with wires and cards, and change nothing that is computed', () => {
  const graph = graphOf({ noise: ['noise-seed'], denoiser: ['denoiser'], vae: ['vae-decoder'] }, [
    'noise.noise > denoiser.noise',
    'denoiser.clip > vae.clip',
  ]);
  const [first, second] = graph.wires.map(edits.wireId) as [string, string];
  const placed = edits.move(graph, { noise: { x: 0, y: 0 }, denoiser: { x: 400, y: 0 }, vae: { x: 800, y: 0 } });
  const bent = edits.setBends(edits.setBends(placed, first, [{ x: 300, y: 90 }]), second, [{ x: 700, y: 90 }]);

  test('a wire keeps its bends until it is cut, exchanged, or one of its cards goes', () => {
    expect(Object.keys(bent.layout.bends ?? {})).toEqual([first, second]);
    expect(Object.keys(edits.disconnect(bent, new Set([first])).layout.bends ?? {})).toEqual([second]);
    expect(edits.remove(bent, new Set(['denoiser'])).layout).not.toHaveProperty('bends');
    expect(edits.setBends(edits.setBends(bent, first, []), second, [])).toEqual(placed);
  });

  test('cards that move alike take the bends between them along', () => {
    const moved = edits.move(bent, { noise: { x: 10, y: 20 }, denoiser: { x: 410, y: 20 } });
    expect(moved.layout.bends).toEqual({ [first]: [{ x: 310, y: 110 }], [second]: [{ x: 700, y: 90 }] });
  });

  test('neither enters a fingerprint, and a saved graph brings both back', () => {
    const held = edits.setPinned(bent, new Set(['vae']), true);
    expect(readGraph(JSON.stringify(held)).graph?.layout).toEqual(held.layout);
    const params = Object.fromEntries(graph.nodes.map(({ id, params }) => [id, params]));
    const prints = (one: Graph) => fingerprints(one, { params, models: {}, device: 'cpu' });
    expect(prints(active(held).graph)).toEqual(prints(graph));
    expect(Object.keys(prints(graph))).toHaveLength(3);
    expect(edits.remove(held, new Set(['vae'])).layout.pinned).toEqual([]);
    expect(edits.setPinned(held, new Set(['vae']), false)).toEqual(bent);
  });
});
