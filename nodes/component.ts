import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonical } from './canonical';
import { freshId, idStem } from './fresh-id';
import type { Component, Graph, GraphNode } from './graph-schema';

/** What a node that stands for a component has as its type, before the key. */
const prefix = 'component:';
/** Hexadecimal digits of a key: 128 bits. */
const keyLength = 32;
/** Nodes a graph may come to when all its components are laid open. */
export const nodesAllowed = 20_000;

export const typeOf = (component: Pick<Component, 'key'>): string => `${prefix}${component.key}`;
export const keyOf = (type: string): string | null => (type.startsWith(prefix) ? type.slice(prefix.length) : null);
export const isComponent = ({ type }: Pick<GraphNode, 'type'>): boolean => type.startsWith(prefix);

type Holder = Pick<Graph, 'components'>;

/** The definition a node stands for; undefined when it is no component, or its definition is not in the document. */
export function componentOf({ components }: Holder, { type }: Pick<GraphNode, 'type'>): Component | undefined {
  const key = keyOf(type);
  return key === null ? undefined : components?.find((one) => one.key === key);
}

/** An id no other has for a new node of this type: made of the type, or of what a component is called. */
export function freshIdFor(graph: Pick<Graph, 'nodes' | 'layout' | 'components'>, type: string): string {
  return freshId(graph, isComponent({ type }) ? idStem(componentOf(graph, { type })?.name ?? '') : type);
}

/** A new node that stands for a component, with every control as it is inside. */
export const instanceOf = (component: Component, id: string): GraphNode => ({
  id,
  type: typeOf(component),
  version: 1,
  params: {},
});

/** The digest of what a component means. Its version and where its cards lie are no part of that. */
export function digestOf(component: Component): string {
  const { key: _, version: __, layout: ___, ...meaning } = component;
  return bytesToHex(sha256(utf8ToBytes(text(meaning)))).slice(0, keyLength);
}

function text(meaning: unknown): string {
  try {
    return canonical(meaning);
  } catch {
    return JSON.stringify(meaning); // numbers no document can hold, which `check` reports
  }
}

/**
 * The graph with every definition under its true key, each once, and those who name one following it: a document that was
 * written by hand may call them what it likes. Definitions that contain themselves keep their keys; `check` tells of them.
 */
export function sealed<G extends Pick<Graph, 'nodes' | 'components'>>(graph: G): G {
  const { components = [] } = graph;
  const byKey = new Map(components.map((one) => [one.key, one]));
  const done = new Map<string, Component>();
  const follow = (nodes: GraphNode[]): GraphNode[] => {
    const fresh = nodes.map((node) => {
      const honest = done.get(keyOf(node.type) ?? '');
      return honest && typeOf(honest) !== node.type ? { ...node, type: typeOf(honest) } : node;
    });
    return fresh.some((node, at) => node !== nodes[at]) ? fresh : nodes;
  };
  for (const key of innermostFirst(components)) {
    const old = byKey.get(key)!; // of the list itself
    const nodes = follow(old.nodes);
    const renewed = nodes === old.nodes ? old : { ...old, nodes };
    const honest = unfoldable({ components }, typeOf(old)) === 'recursion' ? old.key : digestOf(renewed);
    done.set(key, honest === old.key ? renewed : { ...renewed, key: honest });
  }
  const list = [...new Map(components.map(({ key }) => done.get(key)!).map((one) => [one.key, one])).values()];
  const isSame = list.length === components.length && list.every((one, at) => one === components[at]);
  const nodes = follow(graph.nodes);
  return isSame && nodes === graph.nodes ? graph : { ...graph, nodes, components: list };
}

/** Keys in an order in which each follows all that it contains, as far as there is such an order. */
function innermostFirst(components: readonly Component[]): string[] {
  const byKey = new Map(components.map((one) => [one.key, one]));
  const sorted: string[] = [];
  const seen = new Set<string>();
  const stack = [...byKey.keys()].reverse().map((key) => ({ key, isDone: false }));
  while (stack.length) {
    const { key, isDone } = stack.pop()!;
    if (isDone) sorted.push(key);
    if (isDone || seen.has(key)) continue;
    seen.add(key);
    stack.push({ key, isDone: true });
    for (const inner of innerKeys(byKey.get(key)!)) if (byKey.has(inner)) stack.push({ key: inner, isDone: false });
  }
  return sorted;
}

const innerKeys = ({ nodes }: Pick<Component, 'nodes'>) => nodes.flatMap(({ type }) => keyOf(type) ?? []);

const reasons = new WeakMap<readonly Component[], Map<string, Unfoldable | null>>();
export type Unfoldable = 'missing' | 'recursion' | 'large';

/** Why a node of this type cannot be laid open; null when it can, or is no component. */
export function unfoldable({ components = none }: Holder, type: string): Unfoldable | null {
  const key = keyOf(type);
  if (key === null) return null;
  const known = reasons.get(components) ?? judge(components);
  reasons.set(components, known);
  return known.has(key) ? known.get(key)! : 'missing';
}
const none: Component[] = [];

/** Nodes a component comes to when it is laid open. */
export const sizeOf = (holder: Holder, component: Component): number =>
  component.nodes.reduce((sum, node) => {
    const inner = componentOf(holder, node);
    return sum + (inner ? sizeOf(holder, inner) : 1);
  }, 0);

/** From the inside out: what stands before itself contains itself. */
function judge(components: readonly Component[]): Map<string, Unfoldable | null> {
  const sizes = new Map<string, number>();
  const verdicts = new Map<string, Unfoldable | null>();
  for (const { key, nodes } of innermostFirst(components).map((one) => components.find(({ key }) => key === one)!)) {
    let size = 0;
    let isRound = false;
    for (const { type } of nodes) {
      const inner = keyOf(type);
      const isKnown = inner !== null && components.some((one) => one.key === inner);
      // What it contains stands before it in this order, unless the two contain each other.
      if (isKnown && (!sizes.has(inner) || verdicts.get(inner) === 'recursion')) isRound = true;
      size += isKnown ? (sizes.get(inner) ?? 0) : 1;
    }
    sizes.set(key, Math.min(size, nodesAllowed + 1));
    verdicts.set(key, isRound ? 'recursion' : size > nodesAllowed ? 'large' : null);
  }
  return verdicts;
}

/** Whether `id` is among the components that a definition contains, at any depth, or is its own. */
export function contains(holder: Holder, component: Component, id: string): boolean {
  const seen = new Set<string>();
  const open = [component];
  for (const one of open) {
    if (one.id === id) return true;
    if (seen.has(one.key)) continue;
    seen.add(one.key);
    for (const node of one.nodes) {
      const inner = componentOf(holder, node);
      if (inner) open.push(inner);
    }
  }
  return false;
}

/** The definitions that nodes need, at any depth, in the order of the document. */
export function neededBy({ components = [] }: Holder, nodes: readonly Pick<GraphNode, 'type'>[]): Component[] {
  const byKey = new Map(components.map((one) => [one.key, one]));
  const needed = new Set(innerKeys({ nodes: nodes as GraphNode[] })); // only types are read
  for (const key of needed) {
    const found = byKey.get(key);
    if (found) for (const inner of innerKeys(found)) needed.add(inner);
  }
  return components.filter(({ key }) => needed.has(key));
}

/** A document of its version, with these definitions or with none. */
export function withComponents<G extends Graph>(graph: G, components: readonly Component[]): G {
  const { components: _, ...rest } = graph;
  const next = components.length ? { ...rest, components: [...components] } : rest;
  return { ...next, version: components.length || graph.form ? 2 : 1 } as G; // G without what may be absent
}
