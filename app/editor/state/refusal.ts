import { refuses } from '../../../nodes/check';
import type { Graph, GraphWire } from '../../../nodes/graph';
import type { Models } from '../../../nodes/values';
import { wireId } from './edits';

const answers = new WeakMap<Graph, Map<string, string | null>>();

/** `refuses`, asked many times a second while a wire is dragged: each pair of sockets is judged once per graph. */
export function refusal(graph: Graph, wire: GraphWire, models: Models): string | null {
  const known = answers.get(graph) ?? new Map<string, string | null>();
  answers.set(graph, known);
  const key = wireId(wire);
  const answer = known.get(key);
  if (answer !== undefined) return answer;
  const fresh = refuses(graph, wire, models);
  known.set(key, fresh);
  return fresh;
}
