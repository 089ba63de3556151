import { flatten } from '../../nodes/flatten';
import type { Graph } from '../../nodes/graph';
import { registry } from '../../nodes/registry';

/** Which models a graph may need: every text among its params, defaults included. Too many do no harm. */
export function modelsOf(graph: Graph): Set<string> {
  const params = flatten(graph, { evenOff: true }).graph.nodes.flatMap((node) => {
    const parsed = Object.hasOwn(registry, node.type) ? registry[node.type]?.params.safeParse(node.params) : undefined;
    return [node.params, ...(parsed?.success ? [parsed.data as Record<string, unknown>] : [])];
  });
  return new Set(params.flatMap((one) => Object.values(one)).filter((value) => typeof value === 'string'));
}
