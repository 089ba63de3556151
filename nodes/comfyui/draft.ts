import { definitionOf } from '../check';
import type { FieldMeta } from '../define';
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

/** Sizes of cards and of what is on them, roughly, in canvas pixels. */
const card = { across: 356, gap: 40, head: 68, port: 24, field: 34, box: 108, sketch: 72 };

/** Places in columns from left to right, in the order of work. */
export function inColumns(
  nodes: readonly GraphNode[],
  wires: Graph['wires'],
): Record<string, { x: number; y: number }> {
  const column = new Map<string, number>();
  // Nodes are added after what they need, so that one pass is enough.
  for (const { id } of nodes) {
    const before = wires.filter(({ to }) => to.node === id).map(({ from }) => column.get(from.node) ?? 0);
    column.set(id, before.length ? Math.max(...before) + 1 : 0);
  }
  const filled = new Map<number, number>();
  return Object.fromEntries(
    nodes.map((node) => {
      const at = column.get(node.id) ?? 0;
      const y = filled.get(at) ?? 0;
      filled.set(at, y + heightOf(node.type) + card.gap);
      return [node.id, { x: at * card.across, y }];
    }),
  );
}

/** About how tall a card is drawn, without its picture. */
function heightOf(type: string): number {
  const definition = definitionOf(registry, type);
  if (!definition) return card.head;
  const { inputs, outputs, params } = definition;
  const ports = Math.max(Object.keys(inputs).length, Object.keys(outputs).length);
  const fields = Object.values(params.shape).map((field) => (field.meta?.() ?? {}) as FieldMeta); // nodes give nothing else as meta
  const rows = fields
    .filter(({ advanced }) => !advanced)
    .map(({ control }) => (control === 'words' || control === 'asset' ? card.box : card.field));
  const drawn = 'schedule' in params.shape ? card.sketch : 0;
  return card.head + card.port * ports + rows.reduce((sum, row) => sum + row, 0) + card.field + drawn;
}
