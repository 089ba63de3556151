import { definitionOf } from '../check';
import { type Graph, type GraphNode, makeNode } from '../graph';
import { registry } from '../registry';

/** An output of a node in the making. */
export interface Out {
  node: string;
  port: string;
}

/** A graph in the making: the same node asked for twice, with the same wires and settings, is one node. */
export class Draft {
  readonly nodes: GraphNode[] = [];
  readonly wires: Graph['wires'] = [];
  readonly #made = new Map<string, string>();

  /** A node with its wires; settings that its definition refuses keep their default and are told to `refused`. */
  add(
    type: string,
    about: {
      inputs?: Readonly<Record<string, Out | undefined>>;
      params?: Readonly<Record<string, unknown>>;
      title?: string | undefined;
      refused?: (param: string, value: unknown) => void;
    },
  ): string {
    const { inputs = {}, params = {}, title, refused } = about;
    const key = JSON.stringify([type, inputs, params, title]);
    const before = this.#made.get(key);
    if (before) return before;
    const node = makeNode(type, this.#freeId(type));
    const schema = definitionOf(registry, type)!.params; // makeNode has found it
    for (const [name, value] of Object.entries(params)) {
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
    return node.id;
  }

  #freeId(type: string): string {
    let id = type;
    for (let number = 2; this.nodes.some((node) => node.id === id); number++) id = `${type}-${number}`;
    return id;
  }
}
