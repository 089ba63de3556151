import { componentOf, isComponent, unfoldable } from './component';
import { definitionsFor } from './component-node';
import { onCycles } from './cycles';
import type { AnyNode, Inferred, Port, Ports } from './define';
import { disagreement } from './define';
import { flatten } from './flatten';
import { type Graph, type GraphNode, type GraphWire, order, upstream } from './graph';
import { label, socketLabel } from './label';
import { paramProblem } from './param-problem';
import { registry } from './registry';
import type { Fact, Models, WireType } from './values';

export { label } from './label';

/** Something the user can mend. `at` is a node id, absent when the graph as a whole is meant. */
export interface Problem {
  at?: string;
  port?: string;
  param?: string;
  says: string;
}

export interface Checked {
  problems: Problem[];
  /** Static type of every output: `types[node][port]`. */
  types: Record<string, Record<string, WireType>>;
  /** Parsed params of every node whose params are right. */
  params: Record<string, Record<string, unknown>>;
  /** A few words about a node for its card, where it has any to say. */
  notes: Record<string, string>;
}

/** Node definitions by type: `registry`, or another set in tests of the grammar and the engine. */
export type Definitions = Readonly<Record<string, AnyNode>>;

/**
 * Checks a graph without running it: unknown nodes, params out of range, wires that do not fit, missing inputs, cycles,
 * and whatever the nodes themselves infer from the facts on their wires. Pure; the editor, the API and the CLI all use it.
 */
export function check(graph: Graph, models: Models, nodes: Definitions = registry): Checked {
  const problems: Problem[] = [];
  const types: Checked['types'] = {};
  const params: Checked['params'] = {};
  const notes: Checked['notes'] = {};
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));

  if (byId.size < graph.nodes.length) {
    const seen = new Set<string>();
    const twice = graph.nodes.find((node) => seen.size === seen.add(node.id).size);
    problems.push({ at: twice!.id, says: `Two nodes have the id "${twice!.id}". Give one of them another id.` });
  }
  for (const node of graph.nodes) {
    const definition = definitionOf(nodes, node.type);
    if (!definition) {
      const says = isComponent(node)
        ? cannotOpen(graph, node)
        : `Skein has no node called "${node.type}". Replace it, or remove it to run the rest.`;
      problems.push({ at: node.id, says });
    } else if (node.version > definition.version) {
      const says = `"${definition.title}" was saved by a newer Skein (version ${node.version}, here ${definition.version}). Update Skein to run it.`;
      problems.push({ at: node.id, says });
    } else if (node.version < definition.version) {
      const says = `"${definition.title}" was saved by an older Skein and its settings could not be carried over. Replace it with a new one.`;
      problems.push({ at: node.id, says });
    } else {
      const parsed = definition.params.safeParse(node.params);
      if (parsed.success) params[node.id] = parsed.data as Record<string, unknown>;
      else
        for (const issue of parsed.error.issues)
          problems.push({ at: node.id, ...paramProblem(issue, node.params, definition.params) });
    }
  }

  const wiresInto = new Map<string, GraphWire[]>(graph.nodes.map((node) => [node.id, []]));
  for (const wire of graph.wires) {
    const says = structure(wire, { from: byId.get(wire.from.node)?.type, to: byId.get(wire.to.node)?.type, nodes });
    if (says) problems.push({ at: byId.has(wire.to.node) ? wire.to.node : undefined, port: wire.to.port, says });
    else wiresInto.get(wire.to.node)?.push(wire);
  }

  const sorted = order(graph);
  if (!sorted) {
    const stuck = onCycles(graph);
    for (const at of stuck)
      problems.push({ at, says: 'This node needs its own result: the wires form a circle. Remove one of them.' });
    return { problems, types, params, notes };
  }

  for (const id of sorted) {
    const definition = definitionOf(nodes, byId.get(id)!.type);
    if (!definition) continue;
    const inputs: Record<string, WireType> = {};
    for (const wire of wiresInto.get(id) ?? []) {
      const type = types[wire.from.node]?.[wire.from.port];
      const port = definition.inputs[wire.to.port]!;
      if (inputs[wire.to.port])
        problems.push({
          at: id,
          port: wire.to.port,
          says: `"${label(wire.to.port)}" has two wires and takes one. Remove one.`,
        });
      inputs[wire.to.port] = type ?? { kind: port.kind, facts: {} };
      const misfit = type && fits(type, port);
      if (misfit) problems.push({ at: id, port: wire.to.port, says: misfit });
    }
    for (const [name, port] of Object.entries(definition.inputs))
      if (!port.optional && !inputs[name])
        problems.push({ at: id, port: name, says: `"${label(name)}" is not connected: ${port.says}.` });
    const inferred = params[id] && definition.infer?.({ inputs, params: params[id], models });
    for (const problem of inferred?.problems ?? []) problems.push({ at: id, ...problem });
    if (inferred?.note) notes[id] = inferred.note;
    types[id] = outputTypes(definition, inferred);
  }
  return { problems, types, params, notes };
}

/** Why a component was not laid open before it was checked. */
function cannotOpen(graph: Graph, node: GraphNode): string {
  const known = componentOf(graph, node)?.name ?? node.title;
  const name = known ?? 'This component';
  const reason = unfoldable(graph, node.type);
  if (reason === 'missing')
    return `The definition of ${known === undefined ? 'this component' : `"${known}"`} is not in this graph. Copy the card again from a graph that has it, or remove it.`;
  if (reason === 'recursion')
    return `"${name}" contains itself, so there is no end to what it would do. Take it out of its own page.`;
  return 'With all its components laid open this graph is too large. Remove some of them.';
}

/** Only own keys count: a node of type `constructor` or `toString` is unknown, not inherited. */
export const definitionOf = (nodes: Definitions, type: string): AnyNode | undefined =>
  Object.hasOwn(nodes, type) ? nodes[type] : undefined;

function outputTypes(definition: AnyNode, inferred: Inferred | undefined): Record<string, WireType> {
  return Object.fromEntries(
    Object.entries(definition.outputs).map(([name, port]) => [
      name,
      { kind: port.kind, facts: { ...port.facts, ...inferred?.outputs?.[name] } },
    ]),
  );
}

function structure(wire: GraphWire, ends: { from?: string; to?: string; nodes: Definitions }): string | null {
  if (!ends.from || !ends.to) return 'This wire leads to a node that is not there. Remove it.';
  const from = definitionOf(ends.nodes, ends.from);
  const to = definitionOf(ends.nodes, ends.to);
  const output = from && own(from.outputs, wire.from.port);
  const input = to && own(to.inputs, wire.to.port);
  if (from && !output) return `"${from.title}" has no output called "${wire.from.port}". Remove the wire.`;
  // Also when nobody knows the node it comes from.
  if (to && !input) return `"${to.title}" has no input called "${wire.to.port}". Remove the wire.`;
  if (!output || !input) return null;
  return output.kind === input.kind
    ? null
    : `"${socketLabel(wire.to.port, input)}" takes ${named(input.kind)}, and "${socketLabel(wire.from.port, output)}" gives ${named(output.kind)}. Connect ${named(input.kind)}.`;
}

/** Why a value of this type may not enter that port, as a sentence; null when it may. */
export function fits(type: WireType, port: Port): string | null {
  if (type.kind !== port.kind)
    return `This socket takes ${named(port.kind)}, not ${named(type.kind)}. Connect ${named(port.kind)}.`;
  const differs = disagreement(type.facts, port.facts);
  if (!differs) return null;
  const { fact, wanted, given } = differs;
  if (fact === 'part') return `This socket takes ${part(wanted)}, not ${part(given)}. Connect ${part(wanted)}.`;
  return `This socket wants ${fact} ${wanted}, and the wire carries ${given}. Connect one with ${fact} ${wanted}.`;
}

/**
 * Whether a wire may be added, as the editor asks while it is dragged: null, or the reason why not. An existing wire
 * into the same socket would be replaced, hence does not count.
 */
export function refuses(graph: Graph, wire: GraphWire, models: Models): string | null {
  if (wire.from.node === wire.to.node) return 'A node cannot feed itself.';
  const rest = graph.wires.filter((w) => w.to.node !== wire.to.node || w.to.port !== wire.to.port);
  const type = (id: string) => graph.nodes.find((node) => node.id === id)?.type;
  const ends = { from: type(wire.from.node), to: type(wire.to.node) };
  const wrong = structure(wire, { ...ends, nodes: definitionsFor(graph) });
  if (wrong) return wrong;
  if (upstream({ wires: rest }, [wire.from.node]).has(wire.to.node))
    return 'This would close a circle: the node would need its own result.';
  const next = flatten({ ...graph, wires: [...rest, wire] }).graph;
  const before = new Set(check(flatten({ ...graph, wires: rest }).graph, models).problems.map(key));
  const fresh = check(next, models).problems.filter((problem) => !before.has(key(problem)) && problem.port);
  const near = fresh.find((problem) => problem.at === wire.to.node) ?? fresh[0];
  return near ? near.says : null;
}

const key = (problem: Problem) => `${problem.at}|${problem.port}|${problem.param}|${problem.says}`;

const nouns = {
  text: 'text',
  conditioning: 'encoded text',
  latent: 'a latent clip',
  pins: 'known frames',
  frames: 'pictures',
  file: 'a file',
  model: 'a model',
  sigmas: 'a schedule',
  guidance: 'a guidance',
  measures: 'measures',
} as const;
const named = (kind: keyof typeof nouns) => nouns[kind];

const parts: Readonly<Record<string, string>> = {
  denoiser: 'a denoiser',
  'text-encoder': 'a text encoder',
  vae: 'a VAE',
};
const part = (name: Fact) => parts[String(name)] ?? String(name);

/** A port by name; only own keys count. */
const own = (ports: Ports, name: string) => (Object.hasOwn(ports, name) ? ports[name] : undefined);
