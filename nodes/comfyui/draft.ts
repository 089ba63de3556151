import { definitionOf } from '../check';
import { type Graph, type GraphNode, makeNode } from '../graph';
import { registry } from '../registry';
import { Given, plainOf } from './given';
import { type ComfyNode, commonHome, homeOf, type Shown } from './workflow';

/** An output of a node in the making. */
export interface Out {
  node: string;
  port: string;
}

/** What is known of a node in the making beside the node itself. */
export interface Origin {
  /** The subgraph it lies in: the innermost that holds all it comes from. */
  home: string;
  /** The nodes of ComfyUI it comes from. */
  from: ReadonlySet<string>;
  /** The node of ComfyUI whose place it takes. */
  near?: string | undefined;
  /** Its params that subgraphs show as controls of their own. */
  shown: Readonly<Record<string, readonly Shown[]>>;
}

interface About {
  /** The nodes of ComfyUI it comes from, or the subgraph it lies in where it comes from none. */
  by: readonly ComfyNode[] | string;
  inputs?: Readonly<Record<string, Out | undefined>>;
  /** Plain or given values. */
  params?: Readonly<Record<string, unknown>>;
  title?: string | undefined;
  /** The node of ComfyUI whose place it takes; the first it comes from when absent. */
  near?: ComfyNode | undefined;
  refused?: (param: string, value: unknown) => void;
}

/** A graph in the making: the same node asked for twice in a subgraph, with the same wires and settings, is one node. */
export class Draft {
  readonly nodes: GraphNode[] = [];
  readonly wires: Graph['wires'] = [];
  readonly origins = new Map<string, Origin>();
  readonly #made = new Map<string, string>();

  /** A node with its wires; settings that its definition refuses keep their default and are told to `refused`. */
  add(type: string, about: About): string {
    const { by, inputs = {}, params = {}, title, refused } = about;
    const home = typeof by === 'string' ? by : commonHome(by.map(({ id }) => homeOf(id)));
    const from = typeof by === 'string' ? [] : by.map(({ id }) => id);
    const plain = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plainOf(value)]));
    const key = JSON.stringify([type, home, inputs, plain, title]);
    const before = this.#made.get(key);
    const known = before && this.origins.get(before);
    if (before && known) {
      this.origins.set(before, { ...known, from: new Set([...known.from, ...from]) });
      return before;
    }
    const node = makeNode(type, this.#freeId(type));
    const schema = definitionOf(registry, type)!.params; // makeNode has found it
    const shown: Record<string, readonly Shown[]> = {};
    for (const [name, given] of Object.entries(params)) {
      const value = plain[name];
      if (given instanceof Given && given.shown.length && Object.hasOwn(schema.shape, name)) shown[name] = given.shown;
      if (value === undefined) continue;
      const field = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
      if (field?.safeParse(value).success) node.params[name] = value;
      else refused?.(name, value);
    }
    if (title) node.title = title.slice(0, 200);
    this.nodes.push(node);
    for (const [port, from] of Object.entries(inputs))
      if (from) this.wires.push({ from: { ...from }, to: { node: node.id, port } });
    this.#made.set(key, node.id);
    this.origins.set(node.id, { home, from: new Set(from), near: about.near?.id ?? from[0], shown });
    return node.id;
  }

  #freeId(type: string): string {
    let id = type;
    for (let number = 2; this.origins.has(id); number++) id = `${type}-${number}`;
    return id;
  }
}
