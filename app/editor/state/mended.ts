import { flatten } from '../../../nodes/flatten';
import type { Graph } from '../../../nodes/graph';
import { isActive, type RunState } from './run-state';

/**
 * A run without the failures that no longer hold: a node that failed is shown as failed until something it is made from
 * (its own params or type, or anything before it) is changed. Moving and renaming cards mends nothing.
 */
export function withoutMended(run: RunState, failed: Graph, now: Graph): RunState {
  if (isActive(run) || (failed.nodes === now.nodes && failed.wires === now.wires)) return run;
  const broken = Object.entries(run.nodes).flatMap(([id, node]) => (node.state === 'failed' ? [id] : []));
  if (!broken.length) return run;
  const [old, fresh] = [flatten(failed).graph, flatten(now).graph];
  const mended = broken.filter((id) => recipe(old, id) !== recipe(fresh, id));
  if (!mended.length) return run;
  return { ...run, nodes: Object.fromEntries(Object.entries(run.nodes).filter(([id]) => !mended.includes(id))) };
}

/** Everything a node is made from, as text: it and all before it. */
function recipe(graph: Graph, id: string): string {
  const needed = new Set([id]);
  for (const name of needed) for (const { from, to } of graph.wires) if (to.node === name) needed.add(from.node);
  const nodes = graph.nodes.flatMap((node) => (needed.has(node.id) ? [[node.id, node.type, node.params]] : []));
  const wires = graph.wires.flatMap(({ from, to }) =>
    needed.has(to.node) ? [[from.node, from.port, to.node, to.port].join(' ')] : [],
  );
  return JSON.stringify([nodes, wires.sort()]);
}
