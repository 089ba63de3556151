import { canonical } from './canonical';
import { type Definitions, definitionOf } from './check';
import { componentOf } from './component';
import { definitionsFor } from './component-node';
import type { AnyNode } from './define';
import type { Component, Graph, GraphNode, GraphWire } from './graph';
import { label, socketLabel } from './label';

/** One difference between two graphs, as a person would name it. Looks (places, widths, notes) are none. */
export interface Change {
  /** Node it is about, by the id it has in either graph. */
  node: string;
  is: 'added' | 'removed' | 'set' | 'wired' | 'unwired' | 'switched';
  /** `Denoiser: steps 20 → 30`. */
  says: string;
  /** The setting or socket, where it is one: `Steps`. */
  what?: string;
}

/**
 * What differs in meaning between two graphs, node by node in the order of the later one. Nodes are the same when they have
 * the same id and type, or are versions of one component; one that was replaced under its id is removed and added. Empty:
 * both make the same.
 */
export function diffGraphs(before: Graph, after: Graph): Change[] {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  const name = (node: GraphNode) => nameIn(definitionsFor(old.get(node.id) === node ? before : after), node);
  /** Both definitions of a node that is a component before and after. */
  const versions = (id: string): [Component, Component] | undefined => {
    const [was, is] = [old.get(id), now.get(id)];
    const from = was && componentOf(before, was);
    const to = is && componentOf(after, is);
    return from && to && from.id === to.id ? [from, to] : undefined;
  };
  const isSame = (id: string) => old.get(id)?.type === now.get(id)?.type || versions(id) !== undefined;
  const changes: Change[] = [];
  for (const node of before.nodes)
    if (!isSame(node.id)) changes.push({ node: node.id, is: 'removed', says: `${name(node)} removed` });
  const oldWires = new Map(before.wires.map((wire) => [end(wire), wire]));
  const newWires = new Map(after.wires.map((wire) => [end(wire), wire]));
  for (const node of after.nodes) {
    const was = isSame(node.id) ? old.get(node.id) : undefined;
    if (!was) changes.push({ node: node.id, is: 'added', says: `${name(node)} added` });
    const [from, to] = versions(node.id) ?? [];
    if (was && from && to && from.key !== to.key) {
      changes.push({ node: node.id, is: 'set', says: `${name(node)}: version ${from.version} → ${to.version}` });
      for (const change of diffComponents({ graph: before, is: from }, { graph: after, is: to }))
        changes.push({ ...change, node: node.id, says: `${name(node)} / ${change.says}` });
    }
    changes.push(
      ...settings(was ?? bare(node), node, { definition: definitionOf(definitionsFor(after), node.type), name }),
    );
    if (was && was.off !== node.off)
      changes.push({ node: node.id, is: 'switched', says: `${name(node)} ${switched(node.off, was.off)}` });
    for (const [key, wire] of newWires) {
      const before = oldWires.get(key);
      if (wire.to.node !== node.id || (before && start(before) === start(wire) && was)) continue;
      const source = now.get(wire.from.node);
      const from = `${source ? name(source) : wire.from.node}, ${socket(after, wire.from, 'outputs')}`;
      if (was)
        changes.push({
          node: node.id,
          is: 'wired',
          what: socket(after, wire.to, 'inputs'),
          says: `${name(node)}: ${socket(after, wire.to, 'inputs')} from ${from}`,
        });
    }
    for (const [key, wire] of oldWires)
      if (was && wire.to.node === node.id && !newWires.has(key))
        changes.push({
          node: node.id,
          is: 'unwired',
          what: socket(before, wire.to, 'inputs'),
          says: `${name(node)}: ${socket(before, wire.to, 'inputs')} cut`,
        });
  }
  return changes;
}

/** What a socket of a graph is called on its card. */
function socket(graph: Graph, { node, port }: GraphWire['to'], side: 'inputs' | 'outputs'): string {
  const type = graph.nodes.find(({ id }) => id === node)?.type ?? '';
  return socketLabel(port, definitionOf(definitionsFor(graph), type)?.[side][port]);
}

/** What differs between two versions of a component: its insides, its sockets, what its card shows. */
export function diffComponents(
  before: { graph: Pick<Graph, 'components'>; is: Component },
  after: { graph: Pick<Graph, 'components'>; is: Component },
): Change[] {
  const inside = ({ graph, is }: typeof before): Graph => ({
    ...{ format: 'skein-graph', version: 2, name: is.name, nodes: is.nodes, wires: is.wires, layout: is.layout },
    components: graph.components,
  });
  const changes = diffGraphs(inside(before), inside(after));
  const [old, now] = [before.is, after.is];
  const say = (says: string, is: Change['is'] = 'set') => changes.push({ node: now.id, is, says });
  if (old.name !== now.name) say(`called “${now.name}”, before “${old.name}”`);
  const lists = [
    ['Input', old.inputs, now.inputs],
    ['Output', old.outputs, now.outputs],
    ['Control', old.params, now.params],
  ] as const;
  for (const [what, was, is] of lists) {
    for (const one of was)
      if (!is.some(({ name }) => name === one.name)) say(`${what} “${called(one)}” removed`, 'removed');
    for (const one of is) {
      const same = was.find(({ name }) => name === one.name);
      if (!same) say(`${what} “${called(one)}” added`, 'added');
      else if (called(same) !== called(one)) say(`${what} “${called(same)}” is called “${called(one)}”`);
    }
  }
  return changes;
}
const called = ({ name, title }: { name: string; title?: string | undefined }) => title ?? label(name);

function settings(
  was: Pick<GraphNode, 'params'>,
  node: GraphNode,
  { definition, name }: { definition: AnyNode | undefined; name(node: GraphNode): string },
): Change[] {
  const fields = definition?.params.shape ?? {};
  const defaults = (definition?.params.safeParse({}).data ?? {}) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(fields), ...Object.keys(was.params), ...Object.keys(node.params)])];
  return names.flatMap((param) => {
    const from = was.params[param] ?? defaults[param] ?? null;
    const to = node.params[param] ?? defaults[param] ?? null;
    if (sameValue(from, to)) return [];
    const meta = Object.hasOwn(fields, param) ? (fields[param]!.meta?.() as { title?: string } | undefined) : undefined;
    const called = meta?.title ?? label(param);
    const says = `${name(node)}: ${called} ${shown(from, to)} → ${shown(to, from)}`;
    return [{ node: node.id, is: 'set' as const, what: called, says }];
  });
}

/** A node as it comes out of the palette: of an added node only what was set is told. */
const bare = (node: GraphNode): Pick<GraphNode, 'params'> => ({ ...node, params: {} });

function sameValue(a: unknown, b: unknown): boolean {
  try {
    return canonical(a) === canonical(b);
  } catch {
    return Object.is(a, b); // NaN and infinities, which `check` reports
  }
}

const nameIn = (nodes: Definitions, { id, type, title }: GraphNode): string => {
  const usual = definitionOf(nodes, type)?.title ?? type;
  return title ?? (/-\d+$/.test(id) ? `${usual} (${id})` : usual);
};
const end = ({ to }: GraphWire) => `${to.node}.${to.port}`;
const start = ({ from }: GraphWire) => `${from.node}.${from.port}`;
const switched = (now: GraphNode['off'], was: GraphNode['off']) =>
  now === 'mute' ? 'muted' : now === 'bypass' ? 'bypassed' : was === 'mute' ? 'unmuted' : 'bypassed no more';

/** A value in a few words. Where a number may be left out, a card says `auto`. */
function shown(value: unknown, other: unknown): string {
  if ((value === null || value === undefined) && typeof other === 'number') return 'auto';
  if (value === null || value === undefined || value === '') return 'empty';
  const text = typeof value === 'string' ? `“${value}”` : typeof value === 'object' ? canonical(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 78)}…” (${text.length} letters)` : text;
}
