import { graphlib, layout } from '@dagrejs/dagre';
import { definitionsFor } from '../../../nodes/component-node';
import type { AnyNode } from '../../../nodes/define';
import type { Graph } from '../../../nodes/graph';
import { asItLay } from './as-it-lay';
import { cardHeight, cardWidth } from './card-size';
import type { Point } from './edits';
import { fieldsOf } from './fields';

/**
 * Places for all cards, left to right in the order of work, so that no two overlap. `sizes` are the measured cards;
 * the upper left corner of the whole stays where it was.
 */
export function tidy(
  graph: Pick<Graph, 'wires'> & { nodes: readonly { id: string }[]; layout: Pick<Graph['layout'], 'positions'> },
  sizes: Readonly<Record<string, { width: number; height: number }>>,
) {
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

/** A page, or a component as it is kept in a document. */
type Sheet = Pick<Graph, 'nodes' | 'wires' | 'layout' | 'components'>;
type Box = { width: number; height: number };
type Places = Record<string, Point>;

/** Room in a group round what it holds; above there is its name. */
const margin = { side: 28, top: 64 };

/** What a card may have to say of a model or picture that is not here, as is likely in a document from elsewhere. */
function roomToSay(definition: AnyNode | undefined): number {
  const controls = definition ? fieldsOf(definition).map(({ control }) => control) : [];
  return (controls.includes('model') ? 150 : 0) + (controls.includes('asset') ? 48 : 0);
}

/** A document brought from elsewhere, laid out on all its pages: its own and those of its components. */
export function wholeLaidOut(graph: Graph): Graph {
  const { components } = graph;
  const page = laidOut(graph);
  return components ? { ...page, components: components.map((one) => laidOut(one, graph)) } : page;
}

/**
 * A page that says nothing of places, as one written by hand or brought from elsewhere, with its cards laid out: as they lay there,
 * as far as that is known. Groups are drawn round what they hold, which lies together. `components`: those of the document.
 */
export function laidOut<S extends Sheet>(sheet: S, { components }: Pick<Graph, 'components'> = sheet): S {
  const { nodes, layout } = sheet;
  const holding = layout.groups.filter(({ holds }) => holds?.length);
  if (Object.keys(layout.positions).length || (nodes.length < 2 && !holding.length)) return sheet;
  const definitions = definitionsFor({ components });
  const cards = nodes.map(({ id, type }): [string, Box] => [
    id,
    { width: cardWidth, height: cardHeight(definitions[type]) + roomToSay(definitions[type]) },
  ]);
  const around = new Map<string, string>();
  for (const [at, { id, holds = [] }] of holding.entries()) {
    // Only what stands before it in the list can lie in a group: so none lies in itself.
    const later = new Set(holding.slice(at).map((one) => one.id));
    for (const inner of holds) if (!later.has(inner)) around.set(inner, id);
  }
  const sizes = Object.fromEntries(cards);
  const inside = new Map<string, Places>();
  const ids = [...nodes, ...holding].map(({ id }) => id);
  // From the inside out.
  for (const { id } of holding) {
    const places = arranged(sheet, { ids: ids.filter((one) => around.get(one) === id), sizes, around });
    inside.set(id, places);
    sizes[id] = extent(places, sizes);
  }
  const positions = arranged(sheet, { ids: ids.filter((one) => !around.has(one)), sizes, around });
  for (const { id } of holding.toReversed())
    for (const [inner, { x, y }] of Object.entries(inside.get(id) ?? {})) {
      const at = positions[id] ?? { x: 0, y: 0 };
      positions[inner] = { x: at.x + margin.side + x, y: at.y + margin.top + y };
    }
  const groups = layout.groups.map(({ holds, ...group }) => {
    const at = positions[group.id];
    const size = sizes[group.id];
    return at && size ? { ...group, at, size: { x: size.width, y: size.height } } : group;
  });
  for (const { id } of holding) delete positions[id];
  const { near: _, ...rest } = layout;
  return { ...sheet, layout: { ...rest, positions, groups } };
}

/** Places of some cards and groups among themselves, from (0, 0); wires count between the groups their ends lie in. */
function arranged(
  { wires, layout: { near = {} } }: Sheet,
  about: { ids: string[]; sizes: Readonly<Record<string, Box>>; around: ReadonlyMap<string, string> },
): Places {
  const { ids, sizes, around } = about;
  const wanted = new Set(ids);
  const among = (id: string): string | undefined => {
    let one: string | undefined = id;
    while (one !== undefined && !wanted.has(one)) one = around.get(one);
    return one;
  };
  const ends = wires.flatMap(({ from, to }) => {
    const [start, end] = [among(from.node), among(to.node)];
    return start && end && start !== end ? [{ from: { ...from, node: start }, to: { ...to, node: end } }] : [];
  });
  if (ids.filter((id) => near[id]).length > ids.length / 2) return asItLay({ ids, near, sizes, wires: ends });
  return tidy({ nodes: ids.map((id) => ({ id })), wires: ends, layout: { positions: {} } }, sizes);
}

function extent(places: Places, sizes: Readonly<Record<string, Box>>): Box {
  const right = Object.entries(places).map(([id, { x }]) => x + (sizes[id]?.width ?? 0));
  const bottom = Object.entries(places).map(([id, { y }]) => y + (sizes[id]?.height ?? 0));
  return {
    width: Math.max(0, ...right) + 2 * margin.side,
    height: Math.max(0, ...bottom) + margin.top + margin.side,
  };
}

const corner = (points: readonly Point[]): Point => ({
  x: Math.min(...points.map(({ x }) => x)),
  y: Math.min(...points.map(({ y }) => y)),
});
