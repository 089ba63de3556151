import { active } from '../../nodes/active';
import { check } from '../../nodes/check';
import { componentOf, instanceOf } from '../../nodes/component';
import { makeComponent } from '../../nodes/component-edits';
import { cleaned, type Page, pageAt, withPage } from '../../nodes/component-pages';
import { fingerprints } from '../../nodes/fingerprint';
import { type Component, type Graph, makeNode } from '../../nodes/graph';
import { models, textToVideo, wireOf } from './graphs-for-tests';

export const at = { x: 100, y: 50 };
export const made = (graph: Page, ids: string[], name = 'Making', id = 'c1') => {
  const result = makeComponent(graph, { ids: new Set(ids), id, name, at });
  if (result.problem !== undefined) throw new Error(result.problem);
  return result.graph;
};
/** A film with noise and denoiser in a component, `making`. */
export const film = () => made(textToVideo({ model: { model: 'gosling' } }), ['noise', 'denoiser']);
export const prints = (graph: Graph) => {
  const { graph: flat } = active(graph);
  const { params } = check(flat, models);
  return fingerprints(flat, { params, models, device: 'cpu/fp32' });
};
export const meanings = (graph: Graph) => Object.values(prints(graph)).sort();
export const set = (graph: Page, id: string, params: Record<string, unknown>): Page => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node.id === id ? { ...node, params: { ...node.params, ...params } } : node)),
});
/** An edit on the page behind `path`. */
export const inside = (root: Graph, path: string[], recipe: (page: Page) => Page) =>
  cleaned(withPage(root, { path, page: recipe(pageAt(root, path)!) }));
export const definition = (graph: Graph, id: string): Component =>
  componentOf(graph, graph.nodes.find((node) => node.id === id)!)!;
/** A second card of the same component, wired as the first. */
export const doubled = (graph: Graph): Graph => ({
  ...graph,
  nodes: [
    ...graph.nodes,
    instanceOf(definition(graph, 'making'), 'twin'),
    makeNode('vae-decoder', 'dec2'),
    makeNode('still', 'still'),
  ],
  wires: [
    ...graph.wires,
    ...graph.wires
      .filter(({ to }) => to.node === 'making')
      .map(({ from, to }) => ({ from, to: { ...to, node: 'twin' } })),
    ...['twin.clip > dec2.clip', 'model.vae > dec2.model', 'dec2.frames > still.frames'].map(wireOf),
  ],
});

/** A cache that has nothing. */
export const nothing = { look: () => null, seconds: () => undefined, resumesAt: () => null };
