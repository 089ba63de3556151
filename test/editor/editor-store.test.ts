import { describe, expect, test } from 'vitest';
import { cardWidth } from '../../app/editor/state/card-size';
import { drawWires } from '../../app/editor/state/drawing';
import { createEditor } from '../../app/editor/state/editor-store';
import * as edits from '../../app/editor/state/edits';
import { fittings, portOnBody, sectioned } from '../../app/editor/state/fitting';
import { freePlace } from '../../app/editor/state/free-place';
import { joinable, socketsOf } from '../../app/editor/state/joining';
import { modelReading } from '../../app/editor/state/model-reading';
import { refusal } from '../../app/editor/state/refusal';
import { templates } from '../../graphs/registry';
import { type Graph, readGraph } from '../../nodes/graph';
import type { ModelCard, Models } from '../../nodes/values';

const card: ModelCard = {
  id: 'gosling',
  title: 'Gosling',
  family: 'wan',
  digest: 'd',
  parts: {},
  latent: { space: 'wan-16x4x8', channels: 16, time: 4, scale: 8, multiple: 16 },
  text: { width: 64, length: 32 },
  defaults: {
    width: 64,
    height: 64,
    frames: 17,
    fps: 8,
    steps: 20,
    guidance: 4,
    shift: 3,
    sampler: 'unipc',
    schedule: 'flow',
  },
  pins: 'any',
};
const models: Models = { gosling: card };

function template(): Graph {
  const { graph } = readGraph(templates['text-to-video']);
  if (!graph) throw new Error('The template cannot be read.');
  return graph;
}
const idOf = (graph: Graph, type: string) => graph.nodes.find((node) => node.type === type)!.id;

describe('the editor’s store', () => {
  test('the template is without problems, and every node and wire is drawn', () => {
    const { graph, problems, cards, wires } = createEditor(template(), models).getState();
    expect(problems).toEqual({});
    expect(wires).toHaveLength(graph.wires.length);
    expect(cards.filter((one) => one.type === 'card')).toHaveLength(graph.nodes.length);
  });

  test('cards come with their sockets in place; a card made wider has its outputs at its new edge', () => {
    const editor = createEditor(template(), models);
    const denoiser = () => editor.getState().cards.find(({ id }) => id === idOf(editor.getState().graph, 'denoiser'))!;
    const lies = (type: string) => denoiser().handles?.find((one) => one.type === type);
    expect(lies('target')).toMatchObject({ id: 'model', x: -5.5, y: 58.5, width: 13, height: 13 });
    expect(lies('source')?.x).toBe((denoiser().width ?? 0) - 7.5);
    const { cardsChanged } = editor.getState();
    const dimensions = { width: 400, height: 530 };
    cardsChanged([{ type: 'dimensions', id: denoiser().id, dimensions, setAttributes: 'width', resizing: true }]);
    expect([lies('target')?.x, lies('source')?.x]).toEqual([-5.5, 392.5]);
  });

  test('one edit draws one card anew', () => {
    const editor = createEditor(template(), models);
    const before = editor.getState();
    const noise = idOf(before.graph, 'noise-seed');
    before.edit((graph) => edits.setParams(graph, noise, { seed: 7 }));
    const after = editor.getState();
    const changed = [...after.byId].filter(([id, node]) => before.byId.get(id) !== node).map(([id]) => id);
    expect(changed).toEqual([noise]);
    expect(after.cards).toEqual(before.cards);
    expect(after.cards.every((one, index) => one === before.cards[index])).toBe(true);
    expect(after.wires.every((one, index) => one === before.wires[index])).toBe(true);
  });

  test('a wrong param is a problem at its card, gone with undo', () => {
    const editor = createEditor(template(), models);
    const { graph, edit, undo } = editor.getState();
    const noise = idOf(graph, 'noise-seed');
    edit((now) => edits.setParams(now, noise, { frames: 16 }));
    expect(editor.getState().problems[noise]?.[0]?.says).toMatch(/17/);
    undo();
    expect(editor.getState().problems).toEqual({});
  });

  test('a drag moves the drawing at once and the graph when it ends, as one step', () => {
    const editor = createEditor(template(), models);
    const { cardsChanged } = editor.getState();
    const id = idOf(editor.getState().graph, 'denoiser');
    const from = editor.getState().graph;
    for (const x of [10, 20, 30]) cardsChanged([{ type: 'position', id, position: { x, y: 5 }, dragging: true }]);
    expect(editor.getState().graph).toBe(from);
    cardsChanged([{ type: 'position', id, position: { x: 30, y: 5 }, dragging: false }]);
    expect(editor.getState().graph.layout.positions[id]).toEqual({ x: 30, y: 5 });
    expect(editor.getState().graph.nodes).toBe(from.nodes);
    editor.getState().undo();
    expect(editor.getState().graph).toBe(from);
    expect(editor.getState().cards.find((one) => one.id === id)?.position).toEqual(from.layout.positions[id]);
  });

  test('a group carries what lies inside it', () => {
    let graph = edits.addNode(template(), { type: 'prompt', at: { x: 5000, y: 5000 } }).graph;
    graph = edits.addGroup(graph, { title: '', at: { x: 4900, y: 4900 }, size: { x: 600, y: 600 } }).graph;
    const editor = createEditor(graph, models);
    editor
      .getState()
      .cardsChanged([{ type: 'position', id: 'group', position: { x: 4910, y: 4930 }, dragging: false }]);
    const { positions } = editor.getState().graph.layout;
    const inside = Object.entries(positions).filter(([id, at]) => graph.layout.positions[id]?.x !== at.x);
    expect(inside).toEqual([[expect.stringContaining('prompt'), { x: 5010, y: 5030 }]]);
  });
});

describe('wires', () => {
  const graph = template();
  const denoiser = idOf(graph, 'denoiser');
  const noise = { node: idOf(graph, 'noise-seed'), port: 'noise', side: 'source' as const };

  test('a wrong kind, a circle and a node’s own output are refused with a sentence', () => {
    const clip = { node: denoiser, port: 'clip' };
    const refused = (from: typeof clip, to: typeof clip) => refusal(graph, { from, to }, models);
    expect(refused(clip, { node: idOf(graph, 'muxer'), port: 'frames' })).toMatch(/pictures/);
    expect(refused(clip, { node: denoiser, port: 'noise' })).toMatch(/itself/);
    expect(refused({ node: noise.node, port: 'noise' }, { node: denoiser, port: 'noise' })).toBeNull();
  });

  test('the palette of a loose wire lists only what takes it, by a port that does', () => {
    const found = fittings(graph, models, noise);
    expect(found.map(({ type }) => type)).toContain('denoiser');
    expect(found.map(({ type }) => type)).not.toContain('muxer');
    expect(found.find(({ type }) => type === 'vae-decoder')?.port).toBe('clip');
    expect(fittings(graph, models).length).toBeGreaterThan(found.length);
  });

  test('pulled from an input, it lists what can give that', () => {
    const found = fittings(graph, models, { node: denoiser, port: 'text', side: 'target' });
    expect(found.map(({ type }) => type)).toContain('text-encoder');
    expect(found.every(({ type }) => type !== 'prompt')).toBe(true);
  });

  test('what the templates join most often comes first, by just that port', () => {
    const first = (node: string, port: string, side: 'source' | 'target') =>
      sectioned(fittings(graph, models, { node, port, side }))[0]?.entries.map((one) => `${one.type}.${one.port}`);
    const [model, text] = [idOf(graph, 'model'), idOf(graph, 'text-encoder')];
    expect(first(model, 'denoiser', 'source')?.[0]).toBe('denoiser.model');
    expect(first(noise.node, 'noise', 'source')?.[0]).toBe('denoiser.noise');
    expect(first(text, 'avoid', 'source')).toEqual(['denoiser.avoid']);
    expect(first(denoiser, 'text', 'target')).toEqual(['text-encoder.text']);
    const all = fittings(graph, models, noise);
    expect(sectioned(all).flatMap(({ entries }) => entries)).toHaveLength(all.length);
    expect(sectioned(all, 'late')[0]?.name).not.toBe('often');
  });

  test('the second text of an encoder goes to what is to be kept away from, wherever on the card it is let go', () => {
    const bare = { ...graph, wires: graph.wires.filter(({ to }) => to.node !== denoiser) };
    const avoid = { node: idOf(graph, 'text-encoder'), port: 'avoid', side: 'source' as const };
    expect(portOnBody(bare, models, { end: avoid, node: denoiser })).toBe('avoid');
  });

  test('laid by name: the sockets of a card with what they are joined to, then those of others that take the wire', () => {
    const named = ({ card, socket }: { card: string; socket: string }) => `${card}, ${socket}`;
    const sockets = socketsOf(graph, denoiser);
    expect(sockets.find(({ socket }) => socket === 'Noise')?.joined).toEqual(['Noise seed, Noise']);
    expect(sockets.find(({ end }) => end.side === 'source')?.joined).toEqual(['VAE decoder, Clip']);
    // It lies there already; what may be joined instead is a socket that is free.
    expect(joinable(graph, models, noise).map(named)).not.toContain('Denoiser, Noise');
    expect(joinable(graph, models, noise).map(named)[0]).toBe('Denoiser, Clip');
    const bare = { ...graph, wires: graph.wires.filter(({ to }) => to.node !== denoiser) };
    expect(joinable(bare, models, noise).map(named)[0]).toBe('Denoiser, Noise');
    const avoid = { node: denoiser, port: 'avoid', side: 'target' as const };
    expect(joinable(bare, models, avoid).map(named)).toEqual(['Text encoder, Avoid', 'Text encoder, Text']);
    for (const { end } of joinable(bare, models, noise)) expect(end.side).toBe('target');
  });

  test('for those who do not see them, wires are called by the names of their cards, new names too', () => {
    const before = drawWires(graph, []);
    const called = (wires: typeof before) => wires.map(({ ariaLabel }) => ariaLabel);
    expect(called(before)).toContain('Noise seed, Noise, to Denoiser, Noise');
    const after = drawWires(edits.setTitle(graph, noise.node, 'Dice'), before);
    expect(called(after)).toContain('Dice, Noise, to Denoiser, Noise');
    // The others are the same drawings.
    expect(after.filter((wire, at) => wire !== before[at]).map(({ source, target }) => [source, target])).toEqual(
      graph.wires
        .filter(({ from, to }) => from.node === noise.node || to.node === noise.node)
        .map(({ from, to }) => [from.node, to.node]),
    );
  });

  test('a card that no hand has put anywhere covers no other', () => {
    const { cards } = createEditor(graph, models).getState();
    for (const { position } of cards) {
      const { x, y } = freePlace(cards, 200, position);
      expect(x).toBe(position.x);
      for (const { position: at, width = 0, measured } of cards.filter(({ type }) => type === 'card')) {
        const isBeside = x + cardWidth <= at.x || x >= at.x + width;
        expect(isBeside || y + 200 <= at.y || y >= at.y + (measured?.height ?? 0)).toBe(true);
      }
    }
    expect(freePlace(cards, 200, { x: 90_000, y: 90_000 })).toEqual({ x: 90_000, y: 90_000 });
  });

  test('let go on a card, a wire finds a free socket before a taken one, and none where none fits', () => {
    expect(portOnBody(graph, models, { end: noise, node: denoiser })).toBe('clip');
    expect(portOnBody(graph, models, { end: noise, node: idOf(graph, 'muxer') })).toBeUndefined();
  });

  test('a prompt knows which model will read it', () => {
    const { checked } = createEditor(graph, models).getState();
    expect(modelReading(graph, checked.types, idOf(graph, 'prompt'))).toBe('gosling');
    expect(modelReading({ wires: [] }, checked.types, idOf(graph, 'prompt'))).toBeUndefined();
  });
});
