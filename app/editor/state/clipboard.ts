import { z } from 'zod';
import { contains, keyOf, neededBy, sealed } from '../../../nodes/component';
import { carrying, type Page } from '../../../nodes/component-pages';
import { type Component, component, type Graph, graphLayout, graphNode, graphWire } from '../../../nodes/graph';
import { freshId, type Point } from './edits';

/** What is put on the system's clipboard: a piece of a graph, as JSON that other tabs and people can paste. */
const clipSchema = z.object({
  format: z.literal('skein-clip'),
  version: z.literal(1),
  nodes: z.array(graphNode).max(5000),
  wires: z.array(graphWire).max(20_000),
  positions: z.record(z.string(), z.object({ x: z.number(), y: z.number() })),
  notes: graphLayout.shape.notes,
  groups: graphLayout.shape.groups,
  /** The definitions its components need, so that they can be pasted into any graph. */
  components: z.array(component).max(500).optional(),
});
export type Clip = z.output<typeof clipSchema>;

/** The chosen nodes, notes and frames with the wires among them; wires from outside are left behind. */
export function clipOf(graph: Graph, ids: ReadonlySet<string>): Clip {
  const nodes = graph.nodes.filter(({ id }) => ids.has(id));
  const components = neededBy(graph, nodes);
  return {
    format: 'skein-clip',
    version: 1,
    nodes,
    ...(components.length ? { components } : {}),
    wires: graph.wires.filter(({ from, to }) => ids.has(from.node) && ids.has(to.node)),
    positions: Object.fromEntries(Object.entries(graph.layout.positions).filter(([id]) => ids.has(id))),
    notes: graph.layout.notes.filter(({ id }) => ids.has(id)),
    groups: graph.layout.groups.filter(({ id }) => ids.has(id)),
  };
}

/** A clip from clipboard text, or null when the text is something else. */
export function readClip(text: string): Clip | null {
  if (!text.includes('skein-clip')) return null;
  try {
    return sealed(clipSchema.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}

/** The component of a clip that may not be put on this page, since it contains the page's own; undefined when all may. */
export function selfContained({ own }: Page, { nodes, components = [] }: Clip): Component | undefined {
  if (!own) return undefined;
  const used = components.filter(({ key }) => nodes.some(({ type }) => keyOf(type) === key));
  return used.find((one) => contains({ components }, one, own.id));
}

/** Puts a clip into a graph under fresh ids, its upper left corner at `at`. Returns the ids that were made. */
export function paste(graph: Graph, clip: Clip, at: Point): { graph: Graph; ids: string[] } {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id } of [...clip.nodes, ...clip.notes, ...clip.groups]) {
    const fresh = freshId(graph, id, taken);
    taken.add(fresh);
    names.set(id, fresh);
  }
  const places = [...Object.values(clip.positions), ...[...clip.notes, ...clip.groups].map((one) => one.at)];
  const left = Math.min(...places.map(({ x }) => x));
  const top = Math.min(...places.map(({ y }) => y));
  const moved = ({ x, y }: Point) => ({ x: x - left + at.x, y: y - top + at.y });
  const nodes = clip.nodes.map((node) => ({ ...node, id: names.get(node.id)! }));
  const wires = clip.wires.flatMap(({ from, to }) => {
    const source = names.get(from.node);
    const target = names.get(to.node);
    return source && target ? [{ from: { ...from, node: source }, to: { ...to, node: target } }] : [];
  });
  const positions = Object.fromEntries(
    nodes.map(({ id }, index) => {
      const old = clip.positions[clip.nodes[index]!.id];
      return [id, old ? moved(old) : { x: at.x, y: at.y + index * 40 }];
    }),
  );
  const placed = <T extends { id: string; at: Point }>(things: readonly T[]) =>
    things.map((one) => ({ ...one, id: names.get(one.id)!, at: moved(one.at) }));
  const { layout } = graph;
  return {
    ids: [...names.values()],
    graph: {
      ...carrying(graph, clip.components ?? []),
      nodes: [...graph.nodes, ...nodes],
      wires: [...graph.wires, ...wires],
      layout: {
        ...layout,
        positions: { ...layout.positions, ...positions },
        notes: [...layout.notes, ...placed(clip.notes)],
        groups: [...layout.groups, ...placed(clip.groups)],
      },
    },
  };
}
