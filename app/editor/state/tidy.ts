import { graphlib, layout } from '@dagrejs/dagre';
import { definitionsFor } from '../../../nodes/component-node';
import type { Graph } from '../../../nodes/graph';
import { cardHeight, cardWidth } from './card-size';
import type { Point } from './edits';

/**
 * Places for all cards, left to right in the order of work, so that no two overlap. `sizes` are the measured cards;
 * the upper left corner of the whole stays where it was.
 */
export function tidy(graph: Graph, sizes: Readonly<Record<string, { width: number; height: number }>>) {
  const drawing = new graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: 'LR', nodesep: 36, ranksep: 84, ranker: 'network-simplex' });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const { id } of graph.nodes) drawing.setNode(id, { ...(sizes[id] ?? { width: 280, height: 200 }) });
  for (const { from, to } of graph.wires)
    if (drawing.hasNode(from.node) && drawing.hasNode(to.node)) drawing.setEdge(from.node, to.node, {}, to.port);
  layout(drawing);
  const corners = graph.nodes.map(({ id }) => {
    const { x, y, width, height } = drawing.node(id);
    return [id, { x: x - width / 2, y: y - height / 2 }] as const;
  });
  const old = graph.nodes.flatMap(({ id }) => graph.layout.positions[id] ?? []);
  const anchor = corner(old.length ? old : [{ x: 0, y: 0 }]);
  const from = corner(corners.map(([, at]) => at));
  return Object.fromEntries(
    corners.map(([id, { x, y }]) => [
      id,
      { x: Math.round(x - from.x + anchor.x), y: Math.round(y - from.y + anchor.y) },
    ]),
  ) satisfies Record<string, Point>;
}

/** A graph that says nothing of places, as one written by hand or brought from elsewhere, with its cards laid out. */
export function laidOut<G extends Graph>(graph: G): G {
  if (Object.keys(graph.layout.positions).length || graph.nodes.length < 2) return graph;
  const sizes = graph.nodes.map(
    ({ id, type }) => [id, { width: cardWidth, height: cardHeight(definitionsFor(graph)[type]) }] as const,
  );
  return { ...graph, layout: { ...graph.layout, positions: tidy(graph, Object.fromEntries(sizes)) } };
}

const corner = (points: readonly Point[]): Point => ({
  x: Math.min(...points.map(({ x }) => x)),
  y: Math.min(...points.map(({ y }) => y)),
});
