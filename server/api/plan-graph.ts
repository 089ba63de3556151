import type { Problem } from '../../nodes/check';
import type { NodePlan } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { lackOfMemory, withFastWeights } from '../../nodes/memory';
import type { Models } from '../../nodes/values';
import { type Plan, plan } from '../engine/plan';
import type { Services } from './services';

/** A plan as it crosses the wire. */
export interface GraphPlan {
  problems: Problem[];
  /** By node id. */
  nodes: Record<string, NodePlan>;
  /** Sum of what is known about the nodes that will run. */
  seconds?: number;
}

/** What a run of this graph would do now, in the words of the engine that would run it; `room` is the memory it may have. */
export async function planGraph(
  services: Services,
  graph: Graph,
  about: { targets?: string[] | undefined; room: number },
): Promise<GraphPlan> {
  const { targets, room } = about;
  const models = await services.library.models();
  const shared = { models, device: services.device(), cache: services.cache };
  const planned = plan(graph, { ...shared, ...(targets ? { targets } : {}) });
  const tooLarge = largerThan(room, planned, models);
  const nodes = Object.fromEntries(planned.nodes);
  for (const { at } of tooLarge) nodes[at] = { ...nodes[at], state: 'blocked' };
  const { problems, seconds } = planned;
  return { problems: [...problems, ...tooLarge], nodes, ...(seconds === undefined ? {} : { seconds }) };
}

/** Denoisers that will run and need more memory than there is: known from the shapes on their wires. */
export function largerThan(room: number, { pieces, toRun }: Plan, models: Models): (Problem & { at: string })[] {
  return toRun.flatMap((print) => {
    const piece = pieces.get(print);
    const facts = piece?.definition.type === 'denoiser' ? piece.foreseen['clip']?.facts : undefined;
    const card = typeof facts?.model === 'string' ? models[facts.model] : undefined;
    const isFast = facts?.precision === 'fast';
    const says = facts && card && lackOfMemory(isFast ? withFastWeights(card) : card, facts, room);
    return says && piece ? piece.nodes.map((at) => ({ at, port: 'noise', says })) : [];
  });
}
