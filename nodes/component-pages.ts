import { componentOf, contains, digestOf, neededBy, typeOf, withComponents } from './component';
import { trailTo, withParams } from './flatten';
import type { Component, Graph, GraphNode } from './graph-schema';
import { withoutLoose } from './loose-layout';

/** What one page of the editor shows: a graph, and on the page of a component the definition it comes from. */
export interface Page extends Graph {
  own?: Component;
}

/** The page behind nodes, outermost first; the document itself for none. Null when one of them is no component that is there. */
export function pageAt(root: Graph, path: readonly string[]): Page | null {
  let page: Page = root;
  for (const id of path) {
    const node = page.nodes.find((one) => one.id === id);
    const own = node && componentOf(root, node);
    if (!own) return null;
    page = {
      ...root,
      name: own.name,
      nodes: withParams(own, node),
      wires: own.wires,
      layout: own.layout,
      own,
    };
  }
  return page;
}

/** The version a component gets by its next change: one more than the highest the document holds of it. */
export const nextVersion = ({ components = [] }: Pick<Graph, 'components'>, { id }: Pick<Component, 'id'>): number =>
  1 + Math.max(0, ...components.filter((one) => one.id === id).map(({ version }) => version));

/**
 * The document after its page at `path` was changed. Every component on the way becomes a new version (`versions`, one for
 * each; the next when absent) which only the nodes of this path use: others keep what they have. A change of looks is none.
 */
export function withPage(
  root: Graph,
  about: { path: readonly string[]; page: Page; versions?: readonly number[] },
): Graph {
  const { path, page, versions = [] } = about;
  const id = path.at(-1);
  if (id === undefined) {
    const { own: _, ...graph } = page;
    return graph;
  }
  const above = pageAt(root, path.slice(0, -1));
  const node = above?.nodes.find((one) => one.id === id);
  const own = node && componentOf(root, node);
  if (!above || !node || !own) return root;
  const { changed, params } = definitionFrom(page, own, node);
  const key = digestOf(changed);
  const components = page.components ?? [];
  if (key === own.key) {
    const looks = components.map((one) => (one.key === key ? { ...one, layout: changed.layout } : one));
    const kept =
      params === node.params ? above.nodes : above.nodes.map((one) => (one === node ? { ...one, params } : one));
    return withPage(root, { path: path.slice(0, -1), page: { ...above, nodes: kept, components: looks }, versions });
  }
  const version = versions[path.length - 1] ?? nextVersion(root, own);
  const known = components.some((one) => one.key === key);
  const fresh = { ...changed, key, version };
  const next = swapped(
    { ...above, components: known ? components : [...components, fresh] },
    { node, params, to: fresh },
  );
  // A socket that has gone takes its wire along, and the wire its bends.
  return withPage(root, { path: path.slice(0, -1), page: withoutLoose(next), versions });
}

/** The document with one param set, of a node by its flat id: inside a component that makes a new version of it. */
export function withParamAt(root: Graph, at: { node: string; param: string }, value: unknown): Graph {
  const set = (page: Page, id: string): Page => ({
    ...page,
    nodes: page.nodes.map((one) => (one.id === id ? { ...one, params: { ...one.params, [at.param]: value } } : one)),
  });
  const ids = trailTo(root, at.node).map(({ id }) => id);
  const path = ids.slice(0, -1);
  const page = pageAt(root, path);
  return page && ids.length ? cleaned(withPage(root, { path, page: set(page, ids.at(-1)!) })) : root;
}

/** What the page says of its component, and what was set on it that belongs to the card. */
function definitionFrom(page: Page, old: Component, node: GraphNode) {
  const here = new Set(page.nodes.map(({ id }) => id));
  const fed = new Set(page.wires.map(({ to }) => `${to.node}.${to.port}`));
  const { inputs, outputs, params, says } = page.own ?? old;
  const shown = params.filter((one) => here.has(one.node));
  const set = { ...node.params };
  let isSet = false;
  const nodes = page.nodes.map((one) => {
    const raw = old.nodes.find(({ id }) => id === one.id);
    if (!raw) return one;
    let own = one.params;
    for (const { name, param } of shown.filter((each) => each.node === one.id)) {
      const was = old.params.find((each) => each.name === name && each.node === one.id && each.param === param);
      if (!was) continue;
      const before = Object.hasOwn(set, name) ? set[name] : raw.params[param];
      if (JSON.stringify(own[param]) !== JSON.stringify(before)) {
        set[name] = own[param];
        isSet = true;
      }
      const { [param]: _, ...others } = own;
      own = Object.hasOwn(raw.params, param) ? { ...own, [param]: raw.params[param] } : others;
    }
    return own === one.params ? one : { ...one, params: own };
  });
  const changed: Component = {
    ...old,
    name: page.name,
    ...(says === undefined ? {} : { says }),
    nodes,
    wires: page.wires,
    layout: page.layout,
    inputs: inputs.flatMap((input) => {
      const to = input.to.filter((end) => here.has(end.node) && !fed.has(`${end.node}.${end.port}`));
      return to.length ? [to.length === input.to.length ? input : { ...input, to }] : [];
    }),
    outputs: outputs.filter(({ from }) => here.has(from.node)),
    params: shown,
  };
  return { changed, params: isSet ? set : node.params };
}

/** A node made to stand for another definition: its wires stay where the sockets are the same, or lead to the same place. */
function swapped(
  graph: Page,
  about: { node: GraphNode; params: Record<string, unknown>; to: Component; from?: Component },
): Page {
  const { node, params, to, from = componentOf(graph, node) } = about;
  const input = (port: string) => {
    if (to.inputs.some(({ name }) => name === port)) return port;
    const led = from?.inputs.find(({ name }) => name === port)?.to[0];
    return to.inputs.find((one) => one.to.some((end) => end.node === led?.node && end.port === led.port))?.name;
  };
  const output = (port: string) => {
    if (to.outputs.some(({ name }) => name === port)) return port;
    const came = from?.outputs.find(({ name }) => name === port)?.from;
    return to.outputs.find((one) => one.from.node === came?.node && one.from.port === came.port)?.name;
  };
  const wires = graph.wires.flatMap((wire) => {
    const out = wire.from.node === node.id ? output(wire.from.port) : wire.from.port;
    const inn = wire.to.node === node.id ? input(wire.to.port) : wire.to.port;
    if (out === undefined || inn === undefined) return [];
    if (out === wire.from.port && inn === wire.to.port) return [wire];
    return [{ from: { ...wire.from, port: out }, to: { ...wire.to, port: inn } }];
  });
  const own = graph.own && {
    ...graph.own,
    // The page may itself hand sockets of this node on.
    inputs: graph.own.inputs.map((one) => ({
      ...one,
      to: one.to.flatMap((end) => {
        const port = end.node === node.id ? input(end.port) : end.port;
        return port === undefined ? [] : [port === end.port ? end : { ...end, port }];
      }),
    })),
    outputs: graph.own.outputs.flatMap((one) => {
      const port = one.from.node === node.id ? output(one.from.port) : one.from.port;
      return port === undefined ? [] : [{ ...one, from: { ...one.from, port } }];
    }),
    params: graph.own.params.filter((one) => one.node !== node.id || to.params.some(({ name }) => name === one.param)),
  };
  const type = typeOf(to);
  return {
    ...graph,
    ...(own ? { own } : {}),
    nodes: graph.nodes.map((one) => (one.id === node.id ? { ...one, type, params } : one)),
    wires,
  };
}

/**
 * A node of this page made to use another version of its component; `definitions` are that version and all it contains.
 * What is set on its card stays for every control the new version shows, also under another name.
 */
export function takeVersion(page: Page, id: string, about: { to: Component; definitions: readonly Component[] }): Page {
  const { to, definitions } = about;
  const node = page.nodes.find((one) => one.id === id);
  const from = node && componentOf(page, node);
  if (
    !node ||
    !from ||
    from.key === to.key ||
    (page.own && contains({ components: [...definitions] }, to, page.own.id))
  )
    return page;
  const params = { ...node.params };
  for (const { name, node: inner, param } of to.params) {
    const was = from.params.find((one) => one.node === inner && one.param === param);
    if (!Object.hasOwn(params, name) && was && Object.hasOwn(params, was.name)) params[name] = params[was.name];
  }
  return swapped(carrying(page, definitions), { node, params, to, from });
}

/** Whether two states of a document share nodes, wires and definitions: moving and naming cards changes none of them. */
export const meansTheSame = (one: Graph, other: Graph): boolean =>
  one.nodes === other.nodes && one.wires === other.wires && one.components === other.components;

/** The graph with further definitions, those it has already left as they are. */
export function carrying<G extends Graph>(graph: G, definitions: readonly Component[]): G {
  const known = new Set(graph.components?.map(({ key }) => key));
  const fresh = definitions.filter(({ key }) => !known.has(key));
  return fresh.length ? withComponents(graph, [...(graph.components ?? []), ...fresh]) : graph;
}

/** The document without definitions that nothing uses and lines of the form whose node is gone. The same object when all is used. */
export function cleaned(root: Graph): Graph {
  let graph = root;
  const needed = neededBy(graph, graph.nodes);
  if (graph.form) {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    const fields = graph.form.fields.filter(({ node }) => ids.has(node));
    const { form: _, ...rest } = graph;
    if (fields.length < graph.form.fields.length) graph = fields.length ? { ...rest, form: { fields } } : rest;
  }
  const hasSpare = needed.length < (graph.components?.length ?? 0);
  const version = needed.length || graph.form ? 2 : 1;
  return hasSpare || graph !== root || version !== graph.version ? withComponents(graph, needed) : graph;
}
