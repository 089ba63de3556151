import { z } from 'zod';
import { isComponent, typeOf, unfoldable } from './component';
import type { AnyNode, FieldMeta, Port, Ports } from './define';
import { trailTo } from './flatten';
import type { Component, Graph, GraphNode } from './graph-schema';
import { label } from './label';
import { registry } from './registry';

type Definitions = Readonly<Record<string, AnyNode>>;
const made = new WeakMap<readonly Component[], Map<Definitions, Definitions>>();

/**
 * All nodes a graph may use: those of the registry and its own components, each as a node like any other. So a component
 * has a card, sockets, controls and connection rules without anything that draws or checks them knowing what it is.
 */
export function definitionsFor({ components }: Pick<Graph, 'components'>, nodes: Definitions = registry): Definitions {
  if (!components?.length) return nodes;
  const known = made.get(components) ?? new Map<Definitions, Definitions>();
  made.set(components, known);
  const cached = known.get(nodes);
  if (cached) return cached;
  const all: Record<string, AnyNode> = { ...nodes };
  const byType = new Map(components.map((one) => [typeOf(one), one]));
  const find = (type: string): AnyNode | undefined => {
    if (Object.hasOwn(all, type)) return all[type];
    const component = byType.get(type);
    if (!component || unfoldable({ components }, type)) return undefined;
    all[type] = asNode(component, find);
    return all[type];
  };
  for (const type of byType.keys()) find(type);
  known.set(nodes, all);
  return all;
}

/** A component as a node. It is never run: what is inside takes its place before that (`flatten`). */
function asNode(component: Component, find: (type: string) => AnyNode | undefined): AnyNode {
  const { name, says, version, inputs, outputs, params, nodes } = component;
  const inner = new Map(nodes.map((node) => [node.id, { node, definition: find(node.type) }]));
  const socket = (side: 'inputs' | 'outputs', { node, port }: { node: string; port: string }): Port | undefined => {
    const ports: Ports = inner.get(node)?.definition?.[side] ?? {};
    return Object.hasOwn(ports, port) ? ports[port] : undefined;
  };
  const shape = params.flatMap(({ name: key, title, node: id, param }) => {
    const found = inner.get(id);
    const schema =
      found?.definition && Object.hasOwn(found.definition.params.shape, param)
        ? found.definition.params.shape[param]
        : undefined;
    if (!found || !schema) return [];
    // What defineNode asks of `.meta`: FieldMeta. What depends on fields and sockets beside it means nothing here.
    const { when: _, unless: __, advanced: ___, ...meta } = (schema.meta() ?? {}) as FieldMeta;
    const value = Object.hasOwn(found.node.params, param) ? found.node.params[param] : schema.safeParse(undefined).data;
    const called = title ?? meta.title ?? label(param);
    return [[key, (schema as z.ZodType).default(value as never).meta({ ...meta, title: called })] as const];
  });
  return {
    type: typeOf(component),
    version: 1,
    title: name,
    says: says || `A component of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}, version ${version}.`,
    inputs: Object.fromEntries(
      inputs.flatMap(({ name: key, title, to }) => {
        const ports = to.flatMap((end) => socket('inputs', end) ?? []);
        const [first] = ports;
        if (!first) return [];
        const facts = Object.assign({}, ...ports.map((port) => port.facts));
        return [[key, { ...first, facts, title, optional: ports.every((port) => port.optional) }]];
      }),
    ),
    outputs: Object.fromEntries(
      outputs.flatMap(({ name: key, title, from }) => {
        const port = socket('outputs', from);
        return port ? [[key, { ...port, title }]] : [];
      }),
    ),
    params: z.object(Object.fromEntries(shape)),
    sink: [...inner.values()].some(({ definition }) => definition?.sink),
    run: () => Promise.reject(new Error(`The component "${name}" was to be run as it is. This is a mistake in Skein.`)),
  };
}

/** What people call a node, by its flat id, with the components it lies in: `Two passes / Denoiser`. Empty when there is none. */
export function sayTrail(graph: Graph, flatId: string): string {
  return trailTo(graph, flatId)
    .map((node) => nameOf(node, graph))
    .join(' / ');
}

/** What people call a node: the name its card was given, else that of what it is. */
export function nameOf({ title, type }: GraphNode, graph: Pick<Graph, 'components'>): string {
  if (title !== undefined) return title;
  const definitions = definitionsFor(graph);
  if (Object.hasOwn(definitions, type)) return definitions[type]!.title;
  return isComponent({ type }) ? 'Component' : type;
}
