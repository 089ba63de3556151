import type { Checked } from '../../../nodes/check';
import type { Graph } from '../../../nodes/graph';

/** Id of the model that will read a node's words: the first one met on the way downstream, if any. */
export function modelReading(graph: Pick<Graph, 'wires'>, types: Checked['types'], node: string): string | undefined {
  const seen = new Set([node]);
  for (const id of seen) {
    if (id !== node) {
      for (const { from, to } of graph.wires) {
        if (to.node !== id) continue;
        const type = types[from.node]?.[from.port];
        const model = type?.kind === 'model' ? type.facts['model'] : undefined;
        if (typeof model === 'string') return model;
      }
    }
    for (const { from, to } of graph.wires) if (from.node === id) seen.add(to.node);
  }
  return undefined;
}
