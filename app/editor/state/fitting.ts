import { usualWires } from '../../../graphs/usual-wires';
import { type check, fits, refuses } from '../../../nodes/check';
import { contains, typeOf } from '../../../nodes/component';
import { definitionsFor } from '../../../nodes/component-node';
import type { Page } from '../../../nodes/component-pages';
import type { Graph, GraphWire } from '../../../nodes/graph';
import { socketLabel } from '../../../nodes/label';
import { sections } from '../../../nodes/registry';
import type { Kind, Models } from '../../../nodes/values';
import { addNode } from './edits';

/** One end of a wire in the hand. */
export interface LooseEnd {
  node: string;
  port: string;
  side: 'source' | 'target';
}

/** A node that could take the loose end, and by which of its ports. */
export interface Fitting {
  type: string;
  section: string;
  /** The port of the new node; absent when the palette was opened without a wire. */
  port?: string;
  portTitle?: string;
  /** How many wires of the templates join just these two ports. */
  usual?: number;
}

export function kindOf(graph: Graph, end: LooseEnd): Kind | undefined {
  const definition = definitionsFor(graph)[graph.nodes.find((node) => node.id === end.node)?.type ?? ''];
  return (end.side === 'source' ? definition?.outputs : definition?.inputs)?.[end.port]?.kind;
}

/** Everything that can be put on a page: all nodes there are, and each component the document holds, in its newest version. */
export function offeredTypes(graph: Page): Fitting[] {
  const { components = [], own } = graph;
  const fitting = components.filter(
    (one) =>
      !components.some((other) => other.id === one.id && other.version > one.version) &&
      !(own && contains(graph, one, own.id)),
  );
  return [
    ...sections.flatMap(({ name, types }) => types.map((type) => ({ type, section: name }))),
    ...fitting.map((one) => ({ type: typeOf(one), section: 'component' })),
  ];
}

/** All nodes of the palette, or with a loose end those that can be joined to it: one entry for each node, by the likeliest of its ports that fit. */
export function fittings(graph: Graph, models: Models, end?: LooseEnd): Fitting[] {
  const all = offeredTypes(graph);
  if (!end) return all;
  return all.flatMap((entry) => {
    const [port, usual] = bestFit(graph, models, { type: entry.type, end }) ?? [];
    return port
      ? [
          {
            ...entry,
            ...{ port, usual },
            portTitle: socketLabel(
              port,
              definitionsFor(graph)[entry.type]?.[end.side === 'source' ? 'inputs' : 'outputs'][port],
            ),
          },
        ]
      : [];
  });
}

function bestFit(graph: Graph, models: Models, about: { type: string; end: LooseEnd }): [string, number] | undefined {
  const { type, end } = about;
  const definition = definitionsFor(graph)[type]!;
  const ports = end.side === 'source' ? definition.inputs : definition.outputs;
  const kind = kindOf(graph, end);
  const names = Object.keys(ports).filter((name) => ports[name]!.kind === kind);
  if (!names.length) return undefined;
  const added = addNode(graph, { type, at: { x: 0, y: 0 } });
  return names
    .filter((port) => !refuses(added.graph, wireTo(end, { node: added.id, port }), models))
    .map((port): [string, number] => [port, howUsual(graph, end, `${type}.${port}`)])
    .toSorted(([, a], [, b]) => b - a)[0];
}

/** How many wires of the templates join a loose end and a port (`type.port`). */
export function howUsual(graph: Graph, end: LooseEnd, there: string): number {
  const here = `${graph.nodes.find(({ id }) => id === end.node)?.type}.${end.port}`;
  return usualWires[end.side === 'source' ? `${here} > ${there}` : `${there} > ${here}`] ?? 0;
}

/** The sections of a list of nodes; before them, while nothing is sought, the few that are most often joined to this end. */
export function sectioned(found: readonly Fitting[], search = ''): { name: string; entries: readonly Fitting[] }[] {
  const often = search.trim() ? [] : found.filter(({ usual }) => usual).toSorted((a, b) => b.usual! - a.usual!);
  const first = often.slice(0, 3);
  const rest = found.filter((one) => !first.includes(one));
  const names = [...new Set(rest.map(({ section }) => section))];
  return [
    ...(first.length ? [{ name: 'often', entries: first }] : []),
    ...names.map((name) => ({ name, entries: rest.filter(({ section }) => section === name) })),
  ];
}

/** The wire that joins a loose end to a port of another node. */
export function wireTo(end: LooseEnd, other: { node: string; port: string }): GraphWire {
  const here = { node: end.node, port: end.port };
  return end.side === 'source' ? { from: here, to: other } : { from: other, to: here };
}

/** Where a wire dropped on a card's body goes: the likeliest free socket that takes it, else one that may be replaced, else none. */
export function portOnBody(graph: Graph, models: Models, about: { end: LooseEnd; node: string }): string | undefined {
  const { end, node } = about;
  const type = graph.nodes.find((one) => one.id === node)?.type ?? '';
  const definition = definitionsFor(graph)[type];
  if (!definition) return undefined;
  const ports = end.side === 'source' ? definition.inputs : definition.outputs;
  const kind = kindOf(graph, end);
  const lawful = Object.keys(ports)
    .filter((port) => ports[port]!.kind === kind)
    .filter((port) => !refuses(graph, wireTo(end, { node, port }), models))
    .toSorted((a, b) => howUsual(graph, end, `${type}.${b}`) - howUsual(graph, end, `${type}.${a}`));
  const isFree = (port: string) => !graph.wires.some(({ to }) => to.node === node && to.port === port);
  return end.side === 'target' ? lawful[0] : (lawful.find(isFree) ?? lawful[0]);
}

/** Ids of wires whose value no longer fits the socket it enters (after a param of a node upstream changed). */
export function misfits(graph: Graph, types: ReturnType<typeof check>['types']): Set<string> {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const wrong = graph.wires.filter(({ from, to }) => {
    const type = types[from.node]?.[from.port];
    const port = definitionsFor(graph)[byId.get(to.node)?.type ?? '']?.inputs[to.port];
    return type && port && fits(type, port);
  });
  return new Set(wrong.map(({ from, to }) => `${from.node}.${from.port}>${to.node}.${to.port}`));
}
