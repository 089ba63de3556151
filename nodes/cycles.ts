import type { Graph } from './graph';

/**
 * Ids of all nodes that lie on a circle of wires, in the order of the document; those that merely hang on one are not
 * among them. Tarjan's strongly connected components (1972), without recursion: a graph may be thousands of nodes deep.
 */
export function onCycles(graph: Pick<Graph, 'nodes' | 'wires'>): string[] {
  const next = new Map<string, string[]>(graph.nodes.map((node) => [node.id, []]));
  const circling = new Set<string>();
  for (const { from, to } of graph.wires) {
    if (next.has(to.node)) next.get(from.node)?.push(to.node);
    if (from.node === to.node) circling.add(from.node);
  }
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const enter = (id: string) => {
    number.set(id, number.size);
    lowest.set(id, number.get(id)!);
    open.push(id);
    isOpen.add(id);
    return { id, at: 0 };
  };
  for (const root of next.keys()) {
    if (number.has(root)) continue;
    const trail = [enter(root)];
    while (trail.length) {
      const step = trail.at(-1)!;
      const follower = next.get(step.id)![step.at++];
      if (follower === undefined) {
        trail.pop();
        const above = trail.at(-1);
        if (above) lowest.set(above.id, Math.min(lowest.get(above.id)!, lowest.get(step.id)!));
        if (lowest.get(step.id) === number.get(step.id)) {
          const component = open.splice(open.lastIndexOf(step.id));
          for (const id of component) isOpen.delete(id);
          if (component.length > 1) for (const id of component) circling.add(id);
        }
      } else if (!number.has(follower)) trail.push(enter(follower));
      else if (isOpen.has(follower)) lowest.set(step.id, Math.min(lowest.get(step.id)!, number.get(follower)!));
    }
  }
  return graph.nodes.map((node) => node.id).filter((id) => circling.has(id));
}
