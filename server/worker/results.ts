import type { RunHappening } from '../../nodes/events';
import { flatten } from '../../nodes/flatten';
import { type Graph, upstream } from '../../nodes/graph';
import type { Digests } from '../../nodes/made-with';

/** Listens to a run, and knows what its nodes gave, by digest. */
export function openResults(graph: Graph) {
  const { graph: flat } = flatten(graph);
  const found = new Map<string, Digests[string]>();
  return {
    hear(event: RunHappening): void {
      if (event.type !== 'node.done' && event.type !== 'node.reused') return;
      const digests = Object.entries(event.outputs).flatMap(([port, { digest }]) => (digest ? [[port, digest]] : []));
      if (digests.length) found.set(event.node, Object.fromEntries(digests));
    },
    /** What this node was made of, sorted: the same run writes the same words, whatever else goes on beside it. */
    before(node: string): Digests {
      const needed = upstream(flat, [node]);
      return Object.fromEntries(
        [...found].filter(([id]) => id !== node && needed.has(id)).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    },
  };
}
