import { canonical } from '../../../nodes/fingerprint';
import type { Graph, GraphNode, GraphWire } from '../../../nodes/graph';
import { registry } from '../../../nodes/registry';
import { cardWidth } from './card-size';
import { connect, freshId } from './edits';

/** Between cards that are laid out here, in canvas pixels. */
const gap = 60;

/**
 * Branches from a step of a denoiser: beside it, below `bottom`, a copy that pauses there, one that goes on from it, and copies of
 * all that is made of the clip. The first finds its result among the kept steps, so only the rest is computed; what was there
 * stays for comparison. Returns the id of the one that goes on.
 */
export function branchFrom(
  graph: Graph,
  about: { node: string; step: number; bottom: number },
): { graph: Graph; branch: string } {
  const { node, step, bottom } = about;
  const whole = graph.nodes.find(({ id }) => id === node);
  if (!whole) throw new Error(`There is no card "${node}" to branch from.`);
  const behind = behindOf(graph, node);
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const named = (id: string) => {
    const fresh = freshId(graph, id, taken);
    taken.add(fresh);
    return fresh;
  };
  for (const id of [node, ...behind]) names.set(id, named(id));
  // A document takes titles of 200 characters.
  const title = (whole.title ?? registry[whole.type]?.title ?? whole.type).slice(0, 170);
  const into = graph.wires.filter(({ to }) => to.node === node);
  const pausing = { ...whole.params, pause: step };
  const known = graph.nodes.find((one) => isTrunk(one, { type: whole.type, params: pausing, into, graph }));
  const trunk: GraphNode = known ?? { ...whole, id: named(node), params: pausing, title: `${title} to step ${step}` };
  const copies = graph.nodes.flatMap((one): GraphNode[] => {
    const id = names.get(one.id);
    if (id === undefined) return [];
    if (one !== whole) return [{ ...one, id }];
    const params = { ...one.params, goesOn: true, pause: null };
    return [{ ...one, id, params, title: `${title} from step ${step}` }];
  });
  const wires = graph.wires.flatMap(({ from, to }): GraphWire[] => {
    const id = names.get(to.node);
    return id === undefined
      ? []
      : [{ from: { ...from, node: names.get(from.node) ?? from.node }, to: { ...to, node: id } }];
  });
  const branch = names.get(node)!;
  const { positions } = graph.layout;
  const places = [node, ...behind].map((id) => positions[id]?.y ?? 0);
  const down = bottom + gap - Math.min(...places);
  const moved = (id: string, right: number) => ({
    x: (positions[id]?.x ?? 0) + right,
    y: (positions[id]?.y ?? 0) + down,
  });
  const right = known ? 0 : cardWidth + gap;
  const laid = Object.fromEntries([...names].map(([old, id]) => [id, moved(old, right)]));
  const bare: Graph = {
    ...graph,
    nodes: [...graph.nodes, ...(known ? [] : [trunk]), ...copies],
    wires: [
      ...graph.wires,
      ...(known ? [] : into.map((wire) => ({ ...wire, to: { ...wire.to, node: trunk.id } }))),
      ...wires,
    ],
    layout: {
      ...graph.layout,
      positions: { ...positions, ...laid, ...(known ? {} : { [trunk.id]: moved(node, 0) }) },
      // There is nothing to set on it.
      ...(known ? {} : { collapsed: [...(graph.layout.collapsed ?? []), trunk.id] }),
    },
  };
  const lead = { from: { node: trunk.id, port: 'clip' }, to: { node: branch, port: 'clip' } };
  return { branch, graph: connect(bare, lead) };
}

/** All cards that need this one. */
function behindOf(graph: Graph, node: string): string[] {
  const found = new Set([node]);
  for (const id of found) for (const { from, to } of graph.wires) if (from.node === id) found.add(to.node);
  found.delete(node);
  return [...found];
}

/** Whether a card is this very one already: the same settings, the same wires into it. */
function isTrunk(
  one: GraphNode,
  about: { type: string; params: GraphNode['params']; into: readonly GraphWire[]; graph: Graph },
): boolean {
  const { type, params, into, graph } = about;
  if (one.type !== type || one.off || canonical(one.params) !== canonical(params)) return false;
  const ends = (wires: readonly GraphWire[]) =>
    wires
      .map(({ from, to }) => `${from.node}.${from.port}>${to.port}`)
      .sort()
      .join(' ');
  return ends(graph.wires.filter(({ to }) => to.node === one.id)) === ends(into);
}
