import { freshIdFor } from '../../../nodes/component';
import { freshId } from '../../../nodes/fresh-id';
import { type Graph, type GraphNode, type GraphWire, makeNode } from '../../../nodes/graph';
import { wireId } from '../../../nodes/wire-id';

export { freshId } from '../../../nodes/fresh-id';
export { wireId } from '../../../nodes/wire-id';

/**
 * Every edit a person can make to a graph, as pure functions: graph in, graph out, untouched parts shared. Nothing here
 * judges; `check` and `refuses` do.
 */
export interface Point {
  x: number;
  y: number;
}
export type Note = Graph['layout']['notes'][number];
export type Group = Graph['layout']['groups'][number];

/** Adds a node with all defaults; its id is returned beside the new graph. */
export function addNode(graph: Graph, about: { type: string; at: Point; params?: Record<string, unknown> }) {
  const id = freshIdFor(graph, about.type);
  const made = makeNode(about.type, id);
  const node: GraphNode = { ...made, params: { ...made.params, ...about.params } };
  return { id, graph: { ...placed(graph, { [id]: about.at }), nodes: [...graph.nodes, node] } };
}

/** Removes nodes, notes and groups by id, with every wire that touched a removed node. */
export function remove(graph: Graph, ids: ReadonlySet<string>): Graph {
  const kept = <T extends { id: string }>(items: T[]) => items.filter((item) => !ids.has(item.id));
  const without = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).filter(([id]) => !ids.has(id)));
  const { layout } = graph;
  return withoutLooseBends({
    ...graph,
    nodes: kept(graph.nodes),
    wires: graph.wires.filter(({ from, to }) => !ids.has(from.node) && !ids.has(to.node)),
    layout: {
      ...layout,
      positions: without(layout.positions),
      widths: without(layout.widths),
      groups: kept(layout.groups),
      notes: kept(layout.notes),
      ...(layout.collapsed ? { collapsed: layout.collapsed.filter((id) => !ids.has(id)) } : {}),
      ...(layout.pinned ? { pinned: layout.pinned.filter((id) => !ids.has(id)) } : {}),
    },
  });
}

/** Lays a wire; a wire that already ended in that socket gives way. */
export function connect(graph: Graph, wire: GraphWire): Graph {
  const rest = graph.wires.filter(({ to }) => to.node !== wire.to.node || to.port !== wire.to.port);
  return withoutLooseBends({ ...graph, wires: [...rest, wire] });
}

export function disconnect(graph: Graph, ids: ReadonlySet<string>): Graph {
  return withoutLooseBends({ ...graph, wires: graph.wires.filter((wire) => !ids.has(wireId(wire))) });
}

export function setParams(graph: Graph, id: string, patch: Record<string, unknown>): Graph {
  return changed(graph, id, (node) => ({ ...node, params: { ...node.params, ...patch } }));
}

/** Gives a card a name of its own; an empty one gives the node's name back. */
export function setTitle(graph: Graph, id: string, title: string): Graph {
  return changed(graph, id, ({ title: _, ...node }) => (title.trim() ? { ...node, title: title.trim() } : node));
}

/** Mutes or bypasses nodes, or switches them on again. */
export function setOff(graph: Graph, ids: ReadonlySet<string>, how: GraphNode['off'] | null): Graph {
  const nodes = graph.nodes.map((node) => {
    if (!ids.has(node.id) || (node.off ?? null) === how) return node;
    const { off: _, ...on } = node;
    return how ? { ...on, off: how } : on;
  });
  return { ...graph, nodes };
}

function changed(graph: Graph, id: string, recipe: (node: GraphNode) => GraphNode): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? recipe(node) : node)) };
}

/** Moves cards, notes and groups to these places. */
export function move(graph: Graph, places: Readonly<Record<string, Point>>): Graph {
  const cards = Object.fromEntries(graph.nodes.flatMap(({ id }) => (places[id] ? [[id, places[id]]] : [])));
  const shift = <T extends { id: string; at: Point }>(item: T): T =>
    places[item.id] ? { ...item, at: places[item.id] } : item;
  const { layout } = placed(carriedBends(graph, cards), cards);
  return { ...graph, layout: { ...layout, notes: layout.notes.map(shift), groups: layout.groups.map(shift) } };
}

/** A wire whose two cards move alike takes its bends along. */
function carriedBends(graph: Graph, places: Readonly<Record<string, Point>>): Graph {
  const { bends, positions } = graph.layout;
  if (!bends) return graph;
  const by = (id: string) => {
    const [from, to] = [positions[id], places[id]];
    return from && to ? { x: to.x - from.x, y: to.y - from.y } : null;
  };
  const carried = Object.fromEntries(
    graph.wires.flatMap((wire) => {
      const points = bends[wireId(wire)];
      const [one, other] = [by(wire.from.node), by(wire.to.node)];
      if (!points || !one || !other || one.x !== other.x || one.y !== other.y) return [];
      return [[wireId(wire), points.map(({ x, y }) => ({ x: x + one.x, y: y + one.y }))]];
    }),
  );
  return { ...graph, layout: { ...graph.layout, bends: { ...bends, ...carried } } };
}

/** Leads a wire through these points; through none, it finds its own way again. */
export function setBends(graph: Graph, id: string, points: readonly Point[]): Graph {
  const { [id]: _, ...others } = graph.layout.bends ?? {};
  // A document takes 50 of a wire.
  return withBends(graph, points.length ? { ...others, [id]: points.slice(0, 50) } : others);
}

function withoutLooseBends(graph: Graph): Graph {
  const { bends } = graph.layout;
  if (!bends) return graph;
  const wires = new Set(graph.wires.map(wireId));
  return withBends(graph, Object.fromEntries(Object.entries(bends).filter(([id]) => wires.has(id))));
}

/** Without any, the layout does not speak of bends: a graph that never had one looks like one that has lost them. */
export function withBends(graph: Graph, bends: NonNullable<Graph['layout']['bends']>): Graph {
  const { bends: _, ...layout } = graph.layout;
  return { ...graph, layout: Object.keys(bends).length ? { ...layout, bends } : layout };
}

/** Pins cards, notes and groups to their places, or lets go of them. */
export function setPinned(graph: Graph, ids: ReadonlySet<string>, is: boolean): Graph {
  const others = (graph.layout.pinned ?? []).filter((id) => !ids.has(id));
  const { pinned: _, ...layout } = graph.layout;
  const pinned = is ? [...others, ...ids] : others;
  return { ...graph, layout: pinned.length ? { ...layout, pinned } : layout };
}

function placed(graph: Graph, positions: Record<string, Point>): Graph {
  return { ...graph, layout: { ...graph.layout, positions: { ...graph.layout.positions, ...positions } } };
}

/** Draws cards as their name and sockets only, or whole again. */
export function setCollapsed(graph: Graph, ids: ReadonlySet<string>, is: boolean): Graph {
  const others = (graph.layout.collapsed ?? []).filter((id) => !ids.has(id));
  return { ...graph, layout: { ...graph.layout, collapsed: is ? [...others, ...ids] : others } };
}

export function setWidth(graph: Graph, id: string, width: number): Graph {
  return { ...graph, layout: { ...graph.layout, widths: { ...graph.layout.widths, [id]: Math.round(width) } } };
}

export function addNote(graph: Graph, note: Omit<Note, 'id'>) {
  const id = freshId(graph, 'note');
  return { id, graph: { ...graph, layout: { ...graph.layout, notes: [...graph.layout.notes, { ...note, id }] } } };
}

export function setNote(graph: Graph, id: string, patch: Partial<Omit<Note, 'id'>>): Graph {
  const notes = graph.layout.notes.map((note) => (note.id === id ? { ...note, ...patch } : note));
  return { ...graph, layout: { ...graph.layout, notes } };
}

export function addGroup(graph: Graph, group: Omit<Group, 'id'>) {
  const id = freshId(graph, 'group');
  return { id, graph: { ...graph, layout: { ...graph.layout, groups: [...graph.layout.groups, { ...group, id }] } } };
}

export function setGroup(graph: Graph, id: string, patch: Partial<Omit<Group, 'id'>>): Graph {
  const groups = graph.layout.groups.map((group) => (group.id === id ? { ...group, ...patch } : group));
  return { ...graph, layout: { ...graph.layout, groups } };
}
