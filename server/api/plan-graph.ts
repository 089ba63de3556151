import type { Problem } from '../../nodes/check';
import type { NodePlan } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { plan } from '../engine/plan';
import type { Services } from './services';

/** A plan as it crosses the wire. */
export interface GraphPlan {
  problems: Problem[];
  /** By node id. */
  nodes: Record<string, NodePlan>;
  /** Sum of what is known about the nodes that will run. */
  seconds?: number;
}

/** What a run of this graph would do now, in the words of the engine that would run it. */
export async function planGraph(services: Services, graph: Graph, targets?: string[]): Promise<GraphPlan> {
  const about = { models: await services.library.models(), device: services.device(), cache: services.cache };
  const { problems, nodes, seconds } = plan(graph, { ...about, ...(targets ? { targets } : {}) });
  return { problems, nodes: Object.fromEntries(nodes), ...(seconds === undefined ? {} : { seconds }) };
}
