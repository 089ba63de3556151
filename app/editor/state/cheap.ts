import type { Definitions } from '../../../nodes/check';
import { definitionOf } from '../../../nodes/check';
import type { NodePlan } from '../../../nodes/events';
import { flatten } from '../../../nodes/flatten';
import type { Graph } from '../../../nodes/graph';

/** What may take longer than this, in seconds, is not done while somebody is still turning a knob. */
const cheapSeconds = 3;

/**
 * Whether all that would run is cheap: no network computes, and what is known of the times stays small. Everything else is
 * cached then. False when nothing would run.
 */
export function isCheap(graph: Graph, plan: Readonly<Record<string, NodePlan>>, definitions: Definitions): boolean {
  const types = new Map(flatten(graph).graph.nodes.map(({ id, type }) => [id, type]));
  let seconds = 0;
  let count = 0;
  for (const [id, { state, seconds: known = 0 }] of Object.entries(plan)) {
    if (state === 'blocked') return false;
    if (state !== 'will-run') continue;
    const definition = definitionOf(definitions, types.get(id) ?? '');
    if (!definition || definition.computes) return false;
    seconds += known;
    count++;
  }
  return count > 0 && seconds <= cheapSeconds;
}
