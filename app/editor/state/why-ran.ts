import type { OutputSummary } from '../../../nodes/events';
import { flatten } from '../../../nodes/flatten';
import type { Graph } from '../../../nodes/graph';
import type { MadeWith } from '../../../nodes/made-with';
import type { Kind } from '../../../nodes/values';
import { sayAgo } from './facts-line';
import { reasonsFor } from './reasons';

export interface RanNode {
  node: string;
  state: 'running' | 'done' | 'reused' | 'failed';
  fingerprint: string | null;
  outputs: Readonly<Record<string, OutputSummary>>;
}

export interface Before {
  /** `finished`: the nodes it had results of. */
  earlier: { graph: Graph; record: MadeWith | null; finished: readonly string[] } | null;
  madeBefore: Readonly<Record<string, Date>>;
}

/** What is made again in no time, and never kept. */
const instant: ReadonlySet<Kind> = new Set(['model', 'sigmas', 'guidance', 'text']);

/** Why nodes of a run were computed and not taken from the cache, by node; those that were reused have no entry. */
export function whyRan(
  run: { graph: Graph; record: MadeWith | null; nodes: readonly RanNode[]; at: Date; isFresh?: boolean },
  { earlier, madeBefore }: Before,
): Map<string, string> {
  const changes = earlier ? reasonsFor(earlier.graph, run.graph) : new Map();
  const known = new Set(earlier ? flatten(earlier.graph).graph.nodes.map(({ id }) => id) : []);
  const elsewhere = earlier?.record && run.record ? otherPlace(earlier.record, run.record) : undefined;
  const why = (node: RanNode): string => {
    const kinds = Object.values(node.outputs).map(({ kind }) => kind);
    if (run.isFresh) return 'Made anew, as was asked: nothing was taken from the cache.';
    if (kinds.length && kinds.every((kind) => instant.has(kind))) return 'Made in no time, so it is never kept.';
    const made = node.fingerprint ? madeBefore[node.fingerprint] : undefined;
    if (made)
      return `It had been made before (${sayAgo(made.getTime(), run.at.getTime())}), and was no longer in the cache.`;
    if (earlier && !known.has(node.node)) return 'Added since the run before.';
    const change = changes.get(node.node) as { says: string } | undefined; // of `reasonsFor`
    if (change) return `Changed since the run before: ${change.says}.`;
    if (elsewhere) return elsewhere;
    if (!earlier) return 'Made for the first time.';
    // An update may change what a result goes by without a new version of the node.
    return earlier.finished.includes(node.node)
      ? 'Skein has changed since the run before: what was made then is no longer taken for this.'
      : 'The run before had not finished it.';
  };
  return new Map(run.nodes.flatMap((node) => (node.state === 'reused' ? [] : [[node.node, why(node)]])));
}

/** What else can have changed a key: weights, the device, a newer version of a node. */
function otherPlace(before: MadeWith, now: MadeWith): string | undefined {
  for (const [id, { title, digest }] of Object.entries(now.models)) {
    const was = before.models[id];
    if (was && was.digest !== digest) return `The model ${title} has other weights than in the run before.`;
  }
  if (before.device.key !== now.device.key)
    return `It computed on ${now.device.key}; the run before on ${before.device.key}.`;
  const type = Object.keys(now.nodes).find((name) => before.nodes[name] && before.nodes[name] !== now.nodes[name]);
  return type && `Skein has a newer version of the node "${type}" than in the run before.`;
}
