import { type Definitions, definitionOf, label } from './check';
import { definitionsFor } from './component-node';
import type { Port } from './define';
import { type Graph, makeNode } from './graph';
import { registry } from './registry';
import type { AxisValue } from './sweep';

/** What feeds a kind of socket from one value: a node, the param that takes the value, the port it comes out of. */
interface Source {
  type: string;
  param: string;
  port: string;
}

function sourceOf({ kind, facts }: Port): Source | null {
  if (kind === 'text') return { type: 'prompt', param: 'text', port: 'text' };
  if (kind === 'frames') return { type: 'image', param: 'asset', port: 'frames' };
  if (kind !== 'model') return null;
  const port = { denoiser: 'denoiser', 'text-encoder': 'textEncoder', vae: 'vae' }[String(facts.part)];
  return port ? { type: 'model', param: 'model', port } : null;
}

/** What an axis on an unconnected input feeds it from; a sentence when it cannot. */
export function sourceFor(
  graph: Graph,
  at: { node: string; port: string; nodes?: Definitions },
): (Source & { problem?: undefined }) | { problem: string } {
  const nodes = definitionsFor(graph, at.nodes ?? registry);
  const node = graph.nodes.find(({ id }) => id === at.node);
  const definition = node && definitionOf(nodes, node.type);
  const port = definition && Object.hasOwn(definition.inputs, at.port) ? definition.inputs[at.port] : undefined;
  if (!definition || !port)
    return {
      problem: `"${definition?.title ?? at.node}" has no input "${at.port}". It has: ${Object.keys(definition?.inputs ?? {}).join(', ') || 'none'}.`,
    };
  if (graph.wires.some(({ to }) => to.node === at.node && to.port === at.port))
    return {
      problem: `"${label(at.port)}" of "${definition.title}" is connected. Sweep the node its wire comes from, or cut the wire.`,
    };
  const source = sourceOf(port);
  return (
    source ?? {
      problem: `No list can stand for "${label(at.port)}": it takes ${port.kind}. Connect a node, and sweep that one.`,
    }
  );
}

/** The graph with a node that gives this value, wired into the input. */
export function withSource(graph: Graph, at: { node: string; port: string; value: AxisValue }): Graph {
  const source = sourceFor(graph, at);
  if (source.problem !== undefined) return graph; // `layOut` has said so
  const taken = new Set(graph.nodes.map(({ id }) => id));
  const stem = `sweep-${at.port}`.slice(0, 56);
  let id = stem;
  for (let count = 2; taken.has(id); count++) id = `${stem}-${count}`;
  const made = makeNode(source.type, id);
  const node = { ...made, params: { ...made.params, [source.param]: at.value } };
  const wire = { from: { node: id, port: source.port }, to: { node: at.node, port: at.port } };
  return { ...graph, nodes: [...graph.nodes, node], wires: [...graph.wires, wire] };
}
