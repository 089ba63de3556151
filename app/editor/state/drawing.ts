import type { Edge, Node } from '@xyflow/react';
import { definitionsFor, nameOf } from '../../../nodes/component-node';
import type { Graph, GraphNode, GraphWire } from '../../../nodes/graph';
import { socketLabel } from '../../../nodes/label';
import type { Kind } from '../../../nodes/values';
import { cardHeight, cardWidth, socketPlaces } from './card-size';
import { wireId } from './edits';

/** What React Flow is given: a drawing of the graph. The graph is the truth; this only mirrors it. */
export type CanvasNode = Node<Record<string, never>, 'card' | 'note' | 'group'>;
export type CanvasWire = Edge<{ kind?: Kind }, 'wire'>;

const nothing: Record<string, never> = {};

/** Draws cards, notes and groups. An old drawing is reused wherever nothing moved, so that unchanged cards stay as they are. */
export function drawNodes(graph: Graph, old: readonly CanvasNode[]): CanvasNode[] {
  const before = new Map(old.map((node) => [node.id, node]));
  const { positions, widths, groups, notes } = graph.layout;
  const pinned = new Set(graph.layout.pinned);
  const definitions = definitionsFor(graph);
  const held = (id: string) => ({ draggable: !pinned.has(id) });
  const fresh: CanvasNode[] = [
    ...groups.map(({ id, at, size, title }) => ({
      ...thing('group', id, at),
      ...{ ...sized(size), ...held(id), zIndex: -10, ariaLabel: `Frame: ${title}` },
    })),
    ...notes.map(({ id, at, size }) => ({
      ...thing('note', id, at),
      ...{ ...sized(size), ...held(id), zIndex: 1, ariaLabel: 'Note' },
    })),
    ...graph.nodes.map((node) => {
      const { id, type } = node;
      const [width, height] = [widths[id] ?? cardWidth, cardHeight(definitions[type])];
      return {
        ...thing('card', id, positions[id] ?? { x: 0, y: 0 }),
        width,
        ...held(id),
        ariaLabel: nameOf(node, graph),
        // What the card will be like, until it has been drawn and measured: so the first drawing has everything in place.
        initialHeight: height,
        measured: { width, height },
        handles: socketPlaces(definitions[type], width),
      };
    }),
  ];
  return fresh.map((node) => {
    const was = before.get(node.id);
    if (!was || was.type !== node.type) return node;
    const still =
      was.position.x === node.position.x &&
      was.position.y === node.position.y &&
      was.width === node.width &&
      was.draggable === node.draggable &&
      was.handles === node.handles &&
      was.ariaLabel === node.ariaLabel &&
      (node.type === 'card' || was.height === node.height);
    return still
      ? was
      : {
          ...was,
          draggable: node.draggable,
          position: node.position,
          width: node.width,
          handles: node.handles,
          ariaLabel: node.ariaLabel,
          height: node.height ?? was.height,
        };
  });
}

const thing = (type: CanvasNode['type'], id: string, position: { x: number; y: number }): CanvasNode => ({
  id,
  type,
  position,
  data: nothing,
});
const sized = ({ x, y }: { x: number; y: number }) => ({ width: x, height: y });

/** Cards that are being made wider or narrower, with their sockets where they now lie. */
export function withSocketsMoved(cards: CanvasNode[], graph: Graph): CanvasNode[] {
  const definitions = definitionsFor(graph);
  const types = new Map(graph.nodes.map(({ id, type }) => [id, type]));
  return cards.map((card) => {
    if (card.type !== 'card') return card;
    const handles = socketPlaces(definitions[types.get(card.id) ?? ''], card.width ?? cardWidth);
    return card.handles === handles ? card : { ...card, handles };
  });
}

/** Draws wires; selection and identity of unchanged ones are kept. */
export function drawWires(graph: Graph, old: readonly CanvasWire[]): CanvasWire[] {
  const before = new Map(old.map((wire) => [wire.id, wire]));
  const definitions = definitionsFor(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return graph.wires.flatMap((wire) => {
    const id = wireId(wire);
    const [source, target] = [nodes.get(wire.from.node), nodes.get(wire.to.node)];
    if (!source || !target) return [];
    const ariaLabel = wireLabel(wire, { source, target, graph });
    const was = before.get(id);
    if (was) return [was.ariaLabel === ariaLabel ? was : { ...was, ariaLabel }];
    return [
      {
        id,
        type: 'wire' as const,
        source: source.id,
        sourceHandle: wire.from.port,
        target: target.id,
        targetHandle: wire.to.port,
        ariaLabel,
        data: { kind: definitions[source.type]?.outputs[wire.from.port]?.kind },
      },
    ];
  });
}

interface Ends {
  source: GraphNode;
  target: GraphNode;
  graph: Graph;
}
const labels = new WeakMap<GraphWire, Omit<Ends, 'graph'> & Pick<Graph, 'components'> & { label: string }>();

/** `Noise seed, Noise, to Denoiser, Noise`: what a wire is to those who do not see where it leads. Made anew when its ends were. */
function wireLabel(wire: GraphWire, { source, target, graph }: Ends): string {
  const known = labels.get(wire);
  if (known?.source === source && known.target === target && known.components === graph.components) return known.label;
  const definitions = definitionsFor(graph);
  const [{ port: from }, { port: to }] = [wire.from, wire.to];
  const given = socketLabel(from, definitions[source.type]?.outputs[from]);
  const taken = socketLabel(to, definitions[target.type]?.inputs[to]);
  const label = `${nameOf(source, graph)}, ${given}, to ${nameOf(target, graph)}, ${taken}`;
  labels.set(wire, { source, target, components: graph.components, label });
  return label;
}
