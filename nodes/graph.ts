import { isComponent, sealed } from './component';
import type { AnyNode } from './define';
import { type Graph, type GraphNode, graphSchema } from './graph-schema';
import { registry } from './registry';

export {
  type Component,
  component,
  type Graph,
  type GraphForm,
  type GraphLayout,
  type GraphNode,
  type GraphWire,
  graphLayout,
  graphNode,
  graphSchema,
  graphWire,
} from './graph-schema';

/** Deepest nesting of a document we read: params are nested a few levels, a hostile file a hundred thousand. */
const deepest = 64;

export const emptyGraph = (name = 'Untitled'): Graph => ({
  format: 'skein-graph',
  version: 1,
  name,
  nodes: [],
  wires: [],
  layout: { positions: {}, widths: {}, groups: [], notes: [] },
});

/** Largest document we read, in characters: bigger ones are refused before parsing. */
export const graphLimit = 8 * 1024 * 1024;

/**
 * Reads a document of any age: JSON text or an object. Old nodes are migrated; nodes of unknown type or of a newer
 * version are kept as they are (`check` reports them), so that nothing is lost by opening and saving.
 */
export function readGraph(
  source: unknown,
  nodes: Readonly<Record<string, AnyNode>> = registry,
): { graph: Graph; problem?: undefined } | { graph?: undefined; problem: string } {
  let raw = source;
  if (typeof raw === 'string') {
    if (raw.length > graphLimit)
      return { problem: 'This file is larger than 8 MB, too large for a graph. Choose another file.' };
    try {
      raw = JSON.parse(raw);
    } catch {
      return { problem: 'This is not a graph: the file is not valid JSON. Choose a file that Skein saved.' };
    }
  }
  if (isDeeper(raw, deepest))
    return { problem: `This is not a Skein graph: it is nested deeper than ${deepest} levels. Choose another file.` };
  const parsed = graphSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') || 'the document';
    return {
      problem: `This is not a Skein graph: ${where}: ${issue?.message ?? 'unreadable'}. Choose a file that Skein saved.`,
    };
  }
  const migrated = (list: GraphNode[]) => list.map((node) => migrateNode(node, nodes));
  const { components, ...rest } = parsed.data;
  const graph = { ...rest, nodes: migrated(rest.nodes) };
  if (!components?.length) return { graph };
  return { graph: sealed({ ...graph, components: components.map((one) => ({ ...one, nodes: migrated(one.nodes) })) }) };
}

/** Old params carried over, one version at a time. A node whose params are beyond that is kept as it was. */
function migrateNode(node: GraphNode, nodes: Readonly<Record<string, AnyNode>>): GraphNode {
  const definition = Object.hasOwn(nodes, node.type) ? nodes[node.type] : undefined;
  let { version, params } = node;
  try {
    while (definition && version < definition.version) {
      params = definition.migrate?.[version]?.(params) ?? params;
      version += 1;
    }
  } catch {
    return node;
  }
  return { ...node, version, params };
}

/** Whether a document is nested deeper than `levels`. Level by level, each object once a level: it may share or circle. */
function isDeeper(value: unknown, levels: number): boolean {
  const isObject = (one: unknown): one is object => typeof one === 'object' && one !== null;
  let level = new Set([value].filter(isObject));
  for (let depth = 0; depth <= levels && level.size; depth++)
    level = new Set([...level].flatMap((one) => Object.values(one).filter(isObject)));
  return level.size > 0;
}

/** A new node with every default filled in; one that stands for a component leaves everything as it is inside. */
export function makeNode(type: string, id: string): GraphNode {
  if (isComponent({ type })) return { id, type, version: 1, params: {} };
  const definition = Object.hasOwn(registry, type) ? registry[type] : undefined;
  if (!definition) throw new Error(`There is no node of type "${type}".`);
  return { id, type, version: definition.version, params: definition.params.parse({}) as Record<string, unknown> };
}

/** Ids of nodes in an order in which every node follows what it needs; null when the graph has a cycle. */
export function order(graph: Pick<Graph, 'nodes' | 'wires'>): string[] | null {
  const waiting = new Map(graph.nodes.map((node) => [node.id, 0]));
  const next = new Map<string, string[]>(graph.nodes.map((node) => [node.id, []]));
  for (const { from, to } of graph.wires) {
    if (!waiting.has(from.node) || !waiting.has(to.node)) continue;
    waiting.set(to.node, waiting.get(to.node)! + 1);
    next.get(from.node)!.push(to.node);
  }
  const ready = graph.nodes.map((node) => node.id).filter((id) => waiting.get(id) === 0);
  for (let i = 0; i < ready.length; i++) {
    for (const id of next.get(ready[i]!) ?? []) {
      waiting.set(id, waiting.get(id)! - 1);
      if (waiting.get(id) === 0) ready.push(id);
    }
  }
  return ready.length === graph.nodes.length ? ready : null;
}

/** Ids of all nodes that `targets` need, themselves included. */
export function upstream(graph: Pick<Graph, 'wires'>, targets: Iterable<string>): Set<string> {
  const into = new Map<string, string[]>();
  for (const { from, to } of graph.wires) {
    const sources = into.get(to.node);
    if (sources) sources.push(from.node);
    else into.set(to.node, [from.node]);
  }
  const seen = new Set<string>(targets);
  for (const id of seen) for (const source of into.get(id) ?? []) seen.add(source);
  return seen;
}
