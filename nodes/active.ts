import { type Definitions, definitionOf } from './check';
import { definitionsFor } from './component-node';
import type { AnyNode } from './define';
import { type Flat, flatten } from './flatten';
import { type Graph, type GraphWire, order } from './graph';
import { registry } from './registry';

export interface Active {
  /** What is left to check, plan and run. The same object when nothing is off. */
  graph: Graph;
  /** Why the other nodes take no part: switched off themselves, or in need of one that is. */
  off: ReadonlyMap<string, 'muted' | 'bypassed' | 'idle'>;
  /** Components that were laid open. */
  opened: Flat['opened'];
}

/**
 * A graph as it is checked, planned and run: without what is switched off, and with the insides of its components in their
 * place. Pure; nothing of the saved graph is lost.
 */
export function active(whole: Graph, nodes: Definitions = registry): Active {
  const { graph, opened } = flatten(whole);
  return { ...switchedOn(graph, definitionsFor(whole, nodes)), opened };
}

/** A muted node is gone with all that cannot do without it; a bypassed one hands through what it would have changed. */
function switchedOn(graph: Graph, nodes: Definitions): Omit<Active, 'opened'> {
  const off = new Map<string, 'muted' | 'bypassed' | 'idle'>();
  for (const { id, off: how } of graph.nodes) if (how) off.set(id, how === 'mute' ? 'muted' : 'bypassed');
  const sorted = off.size ? order(graph) : null;
  if (!sorted) return { graph, off };
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const into = new Map<string, GraphWire[]>();
  for (const wire of graph.wires) into.set(wire.to.node, [...(into.get(wire.to.node) ?? []), wire]);

  /** Where what comes out of a socket really comes from. Null: from nowhere. Bypassed nodes are met in order, so it ends. */
  const source = ({ node, port }: GraphWire['from']): GraphWire['from'] | null => {
    const how = off.get(node);
    if (how !== 'bypassed') return how ? null : { node, port };
    const definition = definitionOf(nodes, byId.get(node)?.type ?? '');
    const through = definition && passesTo(definition, port);
    const wire = through && into.get(node)?.find(({ to }) => to.port === through);
    return wire ? source(wire.from) : null;
  };

  const wires: GraphWire[] = [];
  for (const id of sorted) {
    if (off.has(id)) continue;
    const definition = definitionOf(nodes, byId.get(id)!.type);
    const kept: GraphWire[] = [];
    for (const wire of into.get(id) ?? []) {
      const from = source(wire.from);
      if (from) kept.push({ from, to: wire.to });
      else if (definition?.inputs[wire.to.port]?.optional !== true) off.set(id, 'idle');
    }
    if (!off.has(id)) wires.push(...kept);
  }
  return { graph: { ...graph, nodes: graph.nodes.filter(({ id }) => !off.has(id)), wires }, off };
}

/** The input whose value a bypassed node hands on at an output: the declared one, else the first of the same kind. */
export function passesTo({ inputs, outputs, passes }: AnyNode, output: string): string | undefined {
  const declared = passes?.[output];
  if (declared !== undefined) return declared;
  const port = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
  return Object.entries(inputs).find(([, { kind }]) => kind === port?.kind)?.[0];
}

/** Whether bypassing a node makes sense: it changes something that it takes, rather than making it. */
export const canBypass = (node: AnyNode): boolean =>
  Object.keys(node.outputs).some((output) => passesTo(node, output) !== undefined);
