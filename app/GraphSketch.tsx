import { definitionsFor } from '../nodes/component-node';
import type { Graph, GraphWire } from '../nodes/graph';
import { cardHeight, cardWidth } from './editor/state/card-size';

const headHeight = 40;

/** What has become of a card or a wire. */
export type Mark = 'added' | 'removed' | 'changed';
export const markColours: Record<Mark, string> = {
  added: 'var(--good)',
  removed: 'var(--bad)',
  changed: 'var(--accent)',
};

/** A wire by its two ends. */
export const wireKey = ({ from, to }: GraphWire) => `${from.node}.${from.port}>${to.node}.${to.port}`;

/** A graph, very small: cards as blocks, wires in the colours of what they carry, or of what has become of them. */
export function GraphSketch({
  graph,
  marks,
}: {
  graph: Graph;
  marks?: { cards: Record<string, Mark>; wires: Record<string, Mark> };
}) {
  const { positions, widths } = graph.layout;
  const definitions = definitionsFor(graph);
  const cards = graph.nodes.map((node) => {
    const definition = definitions[node.type];
    const kind = Object.values(definition?.outputs ?? definition?.inputs ?? {})[0]?.kind;
    const at = positions[node.id] ?? { x: 0, y: 0 };
    return {
      id: node.id,
      type: node.type,
      kind,
      ...at,
      width: widths[node.id] ?? cardWidth,
      height: cardHeight(definition),
    };
  });
  if (!cards.length) return null;
  const left = Math.min(...cards.map(({ x }) => x)) - 60;
  const top = Math.min(...cards.map(({ y }) => y)) - 60;
  const right = Math.max(...cards.map(({ x, width }) => x + width)) + 60;
  const bottom = Math.max(...cards.map(({ y, height }) => y + height)) + 60;
  const place = new Map(cards.map((card) => [card.id, card]));
  const at = (id: string, port: string, side: 'inputs' | 'outputs') => {
    const card = place.get(id);
    const row = Object.keys(definitions[card?.type ?? '']?.[side] ?? {}).indexOf(port);
    return (
      card && { x: card.x + (side === 'outputs' ? card.width : 0), y: card.y + headHeight + 20 + 24 * Math.max(0, row) }
    );
  };
  return (
    <svg
      viewBox={`${left} ${top} ${right - left} ${bottom - top}`}
      className="size-full"
      preserveAspectRatio="xMidYMid meet"
      aria-hidden
    >
      {graph.wires.map((wire) => {
        const { from, to } = wire;
        const mark = marks?.wires[wireKey(wire)];
        const a = at(from.node, from.port, 'outputs');
        const b = at(to.node, to.port, 'inputs');
        const kind = definitions[place.get(from.node)?.type ?? '']?.outputs[from.port]?.kind;
        if (!a || !b) return null;
        const bend = Math.max(60, Math.abs(b.x - a.x) / 2);
        return (
          <path
            key={wireKey(wire)}
            d={`M${a.x} ${a.y} C${a.x + bend} ${a.y} ${b.x - bend} ${b.y} ${b.x} ${b.y}`}
            fill="none"
            stroke={mark ? markColours[mark] : `var(--kind-${kind})`}
            strokeWidth={mark ? 11 : 7}
            strokeDasharray={mark === 'removed' ? '26 20' : undefined}
            opacity={marks && !mark ? 0.35 : 0.8}
          />
        );
      })}
      {cards.map(({ id, x, y, width, height, kind }) => (
        <g key={id} opacity={marks && !marks.cards[id] ? 0.55 : 1}>
          <rect
            x={x}
            y={y}
            width={width}
            height={height}
            rx={26}
            fill="var(--raised)"
            stroke={marks?.cards[id] ? markColours[marks.cards[id]] : 'var(--line-strong)'}
            strokeWidth={marks?.cards[id] ? 14 : 4}
            strokeDasharray={marks?.cards[id] === 'removed' ? '40 28' : undefined}
          />
          <rect
            x={x + 24}
            y={y + 20}
            width={width * 0.42}
            height={16}
            rx={8}
            fill={kind ? `var(--kind-${kind})` : 'var(--line-strong)'}
            opacity={0.85}
          />
        </g>
      ))}
    </svg>
  );
}
