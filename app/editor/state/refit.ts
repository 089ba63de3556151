import { refuses } from '../../../nodes/check';
import { freshIdFor } from '../../../nodes/component';
import { definitionsFor } from '../../../nodes/component-node';
import { type Graph, type GraphWire, makeNode } from '../../../nodes/graph';
import type { Models } from '../../../nodes/values';
import { addNode, connect, disconnect, type Point, wireId } from './edits';
import { type Fitting, offeredTypes } from './fitting';

/** Every node that could stand in the middle of a wire: it takes what the wire carries, and gives what its end takes. */
export function insertions(graph: Graph, models: Models, wire: GraphWire): Fitting[] {
  return offeredTypes(graph).filter(({ type }) => insertOnWire(graph, models, { wire, type, at: { x: 0, y: 0 } }));
}

/** Puts a new node into a wire. Null when it does not fit there. */
export function insertOnWire(
  graph: Graph,
  models: Models,
  { wire, type, at }: { wire: GraphWire; type: string; at: Point },
): { id: string; graph: Graph } | null {
  const definition = definitionsFor(graph)[type]!; // types come from the registry's own list
  const kind =
    definitionsFor(graph)[graph.nodes.find(({ id }) => id === wire.from.node)?.type ?? '']?.outputs[wire.from.port]
      ?.kind;
  const named = (ports: typeof definition.inputs) => Object.keys(ports).filter((name) => ports[name]!.kind === kind);
  const outputs = named(definition.outputs);
  if (!outputs.length) return null;
  const added = addNode(graph, { type, at });
  const open = disconnect(added.graph, new Set([wireId(wire)]));
  for (const port of named(definition.inputs)) {
    const first: GraphWire = { from: wire.from, to: { node: added.id, port } };
    if (refuses(open, first, models)) continue;
    const half = connect(open, first);
    for (const output of outputs) {
      const second: GraphWire = { from: { node: added.id, port: output }, to: wire.to };
      if (!refuses(half, second, models)) return { id: added.id, graph: connect(half, second) };
    }
  }
  return null;
}

/** Nodes that could stand in for one: those that some of its wires can move to, the ones that keep most wires first. */
export function replacements(graph: Graph, models: Models, id: string): Fitting[] {
  const old = graph.nodes.find((node) => node.id === id);
  const wired = graph.wires.filter(({ from, to }) => from.node === id || to.node === id).length;
  return offeredTypes(graph)
    .filter(({ type }) => type !== old?.type)
    .map((entry) => ({ entry, kept: replaceNode(graph, models, { id, type: entry.type }).kept }))
    .filter(({ kept }) => kept > 0 || !wired)
    .sort((a, b) => b.kept - a.kept)
    .map(({ entry, kept }) => ({ ...entry, portTitle: `keeps ${kept} of ${wired} wires` }));
}

/** Puts a new node where another one is: with its place, the settings of the same names, and every wire that fits. */
export function replaceNode(
  graph: Graph,
  models: Models,
  { id, type }: { id: string; type: string },
): { id: string; graph: Graph; kept: number } {
  const old = graph.nodes.find((node) => node.id === id)!; // it was on the canvas a moment ago
  const fresh = makeNode(type, freshIdFor(graph, type));
  const fields = definitionsFor(graph)[type]!.params.shape;
  for (const [name, value] of Object.entries(old.params))
    if (Object.hasOwn(fields, name) && fields[name]!.safeParse(value).success) fresh.params[name] = value;
  const { layout } = graph;
  const named = (one: string) => (one === id ? fresh.id : one);
  let next: Graph = {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.id === id ? { ...fresh, ...(old.title ? { title: old.title } : {}) } : node,
    ),
    wires: graph.wires.filter(({ from, to }) => from.node !== id && to.node !== id),
    layout: {
      ...layout,
      positions: moved(layout.positions, id, fresh.id),
      widths: moved(layout.widths, id, fresh.id),
      ...(layout.collapsed ? { collapsed: layout.collapsed.map(named) } : {}),
      ...(layout.pinned ? { pinned: layout.pinned.map(named) } : {}),
    },
  };
  let kept = 0;
  const carry = (candidates: readonly string[], wireBy: (port: string) => GraphWire) => {
    const port = candidates.find((name) => !refuses(next, wireBy(name), models));
    if (port === undefined) return;
    next = connect(next, wireBy(port));
    kept += 1;
  };
  const definition = definitionsFor(graph)[type]!;
  const taken = (port: string) => next.wires.some(({ to }) => to.node === fresh.id && to.port === port);
  const sameFirst = (ports: object, name: string) =>
    Object.keys(ports).sort((a, b) => Number(b === name) - Number(a === name));
  for (const wire of graph.wires) {
    if (wire.to.node === id)
      carry(
        sameFirst(definition.inputs, wire.to.port).filter((port) => !taken(port)),
        (port) => ({ from: wire.from, to: { node: fresh.id, port } }),
      );
    else if (wire.from.node === id)
      carry(sameFirst(definition.outputs, wire.from.port), (port) => ({ from: { node: fresh.id, port }, to: wire.to }));
  }
  return { id: fresh.id, graph: next, kept };
}

function moved<T>(record: Readonly<Record<string, T>>, from: string, to: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([id, value]) => [id === from ? to : id, value]));
}
