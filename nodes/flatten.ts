import { componentOf, nodesAllowed, sizeOf, unfoldable } from './component';
import type { Component, Graph, GraphNode, GraphWire } from './graph-schema';

type End = GraphWire['from'];

/** How a component that was laid open met the rest: where each of its sockets leads in the flat graph. */
export interface Opened {
  inputs: Record<string, End[]>;
  outputs: Record<string, End>;
}

export interface Flat {
  /** Without components but those that are off or cannot be laid open. The same object when there are none at all. */
  graph: Graph;
  /** By the flat id of the component. */
  opened: ReadonlyMap<string, Opened>;
}

/**
 * A graph with the insides of its components in their place, under ids like `component/inner`. What is checked, planned,
 * fingerprinted and run is this: the cache knows nothing of components. One that is off stays as it is (`active` takes it
 * out), unless `evenOff`. Pure; it ends for whatever a document holds.
 */
export function flatten(graph: Graph, { evenOff = false } = {}): Flat {
  const opened = new Map<string, Opened>();
  if (!graph.nodes.some((node) => componentOf(graph, node))) return { graph, opened };
  let room = nodesAllowed;
  const opens = (node: GraphNode): Component | undefined => {
    const component = componentOf(graph, node);
    return component && (evenOff || !node.off) && !unfoldable(graph, node.type) ? component : undefined;
  };

  const lay = (piece: Pick<Graph, 'nodes' | 'wires'>, path: string): Pick<Graph, 'nodes' | 'wires'> => {
    const nodes: GraphNode[] = [];
    const wires: GraphWire[] = [];
    for (const node of piece.nodes) {
      const id = path + node.id;
      const component = opens(node);
      if (!component) {
        nodes.push(path ? { ...node, id } : node);
        continue;
      }
      // At the outermost level: everything inside is counted at once.
      if (!path) room -= sizeOf(graph, component);
      if (room < 0) {
        nodes.push(node);
        continue;
      }
      const inner = lay({ nodes: withParams(component, node), wires: component.wires }, `${id}/`);
      for (const one of inner.nodes) nodes.push(one);
      for (const one of inner.wires) wires.push(one);
      const way: Opened = {
        inputs: Object.fromEntries(
          component.inputs.map(({ name, to }) => [name, to.flatMap((end) => into(opened, within(id, end)))]),
        ),
        outputs: Object.fromEntries(component.outputs.map(({ name, from }) => [name, outOf(opened, within(id, from))])),
      };
      opened.set(id, way);
    }
    for (const { from, to } of piece.wires) {
      const source = outOf(opened, { ...from, node: path + from.node });
      for (const target of into(opened, { ...to, node: path + to.node })) wires.push({ from: source, to: target });
    }
    return { nodes, wires };
  };
  return { graph: { ...graph, ...lay(graph, '') }, opened };
}

const within = (id: string, { node, port }: End): End => ({ node: `${id}/${node}`, port });

/** Where a wire that enters here really goes. A socket the component does not have stays as it was written: `check` tells. */
const into = (opened: ReadonlyMap<string, Opened>, end: End): End[] => {
  const inputs = opened.get(end.node)?.inputs;
  return inputs && Object.hasOwn(inputs, end.port) ? inputs[end.port]! : [end];
};
const outOf = (opened: ReadonlyMap<string, Opened>, end: End): End => {
  const outputs = opened.get(end.node)?.outputs;
  return outputs && Object.hasOwn(outputs, end.port) ? outputs[end.port]! : end;
};

/** The insides of a component with what its card sets. */
export function withParams({ nodes, params }: Component, { params: set }: GraphNode): GraphNode[] {
  const values = new Map<string, Record<string, unknown>>();
  for (const { name, node, param } of params)
    if (Object.hasOwn(set, name)) values.set(node, { ...values.get(node), [param]: set[name] });
  return values.size
    ? nodes.map((node) =>
        values.has(node.id) ? { ...node, params: { ...node.params, ...values.get(node.id) } } : node,
      )
    : nodes;
}

/** A node by its flat id, and the nodes it lies in, outermost first: the last is the node itself. Empty when there is none. */
export function trailTo(graph: Graph, flatId: string): GraphNode[] {
  const whole = graph.nodes.find(({ id }) => id === flatId);
  if (whole) return [whole];
  const trail: GraphNode[] = [];
  let nodes = graph.nodes;
  for (const id of flatId.split('/')) {
    const node = nodes.find((one) => one.id === id);
    if (!node) return [];
    trail.push(node);
    nodes = componentOf(graph, node)?.nodes ?? [];
  }
  return trail;
}
