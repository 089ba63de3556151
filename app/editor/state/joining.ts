import { refuses } from '../../../nodes/check';
import { definitionsFor, nameOf } from '../../../nodes/component-node';
import type { Port } from '../../../nodes/define';
import type { Graph, GraphWire } from '../../../nodes/graph';
import { socketLabel } from '../../../nodes/label';
import type { Models } from '../../../nodes/values';
import { howUsual, kindOf, type LooseEnd, wireTo } from './fitting';

/** A socket of a card on the page, as one who cannot point at it reads of it. */
export interface OnCard {
  end: LooseEnd;
  /** `Denoiser` */
  card: string;
  /** `Avoid` */
  socket: string;
  port: Port;
  /** What it is joined to: `Text encoder, Avoid`. An output may be joined to several. */
  joined: readonly string[];
}

/** All sockets of a card, inputs first, as they lie on it. */
export function socketsOf(graph: Graph, id: string): OnCard[] {
  const node = graph.nodes.find((one) => one.id === id);
  const definition = definitionsFor(graph)[node?.type ?? ''];
  if (!node || !definition) return [];
  const of = (side: LooseEnd['side'], ports: Readonly<Record<string, Port>>) =>
    Object.entries(ports).map(([name, port]) => ({
      ...{ end: { node: id, port: name, side }, card: nameOf(node, graph), port },
      socket: socketLabel(name, port),
      joined: othersOf(graph, { node: id, port: name, side }),
    }));
  return [...of('target', definition.inputs), ...of('source', definition.outputs)];
}

/** Sockets of other cards that a loose end can be joined to: free ones before taken ones, the likeliest first. */
export function joinable(graph: Graph, models: Models, end: LooseEnd): OnCard[] {
  const kind = kindOf(graph, end);
  const typeOf = new Map(graph.nodes.map(({ id, type }) => [id, type]));
  const isTaken = ({ end: { side }, joined }: OnCard) => side === 'target' && joined.length > 0;
  const usual = ({ end: { node, port } }: OnCard) => howUsual(graph, end, `${typeOf.get(node)}.${port}`);
  return graph.nodes
    .filter(({ id }) => id !== end.node)
    .flatMap(({ id }) => socketsOf(graph, id))
    .filter((one) => one.end.side !== end.side && one.port.kind === kind)
    .filter((one) => {
      const wire = wireTo(end, one.end);
      return !graph.wires.some((laid) => isSame(laid, wire)) && !refuses(graph, wire, models);
    })
    .toSorted((a, b) => Number(isTaken(a)) - Number(isTaken(b)) || usual(b) - usual(a));
}

const isSame = (a: GraphWire, b: GraphWire) =>
  a.from.node === b.from.node && a.from.port === b.from.port && a.to.node === b.to.node && a.to.port === b.to.port;

function othersOf(graph: Graph, { node, port, side }: LooseEnd): string[] {
  const [here, there] = side === 'target' ? (['to', 'from'] as const) : (['from', 'to'] as const);
  return graph.wires
    .filter((wire) => wire[here].node === node && wire[here].port === port)
    .flatMap((wire) => {
      const other = graph.nodes.find(({ id }) => id === wire[there].node);
      if (!other) return [];
      const definition = definitionsFor(graph)[other.type];
      const ports = side === 'target' ? definition?.outputs : definition?.inputs;
      return [`${nameOf(other, graph)}, ${socketLabel(wire[there].port, ports?.[wire[there].port])}`];
    });
}
