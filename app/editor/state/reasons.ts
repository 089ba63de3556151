import type { NodePlan } from '../../../nodes/events';
import { flatten } from '../../../nodes/flatten';
import { type Graph, order } from '../../../nodes/graph';
import { type Change, diffGraphs } from '../../../nodes/graph-diff';
import { prefixOf } from './page-view';

/** Why a node would run again. */
export interface Reason {
  /** What was changed about the node itself, in a word or two; absent when the change is before it. */
  what?: string;
  /** `Denoiser: Steps 20 → 30` */
  says: string;
}

type Plan = Readonly<Record<string, NodePlan>>;
type Reasons = ReadonlyMap<string, Reason>;
let last: { ran: Graph; now: Graph; reasons: Reasons } | undefined;

/**
 * Why nodes differ from what ran last: by a change of their own, else by the nearest change before them. By flat ids. Asked
 * by every card for the same two graphs, hence answered once.
 */
export function reasonsFor(ran: Graph, now: Graph): Reasons {
  if (last?.ran !== ran || last.now !== now) last = { ran, now, reasons: findReasons(ran, now) };
  return last.reasons;
}

function findReasons(ran: Graph, now: Graph): Reasons {
  const [was, is] = [flatten(ran).graph, flatten(now).graph];
  const own = new Map<string, Change[]>();
  for (const change of diffGraphs(was, is)) own.set(change.node, [...(own.get(change.node) ?? []), change]);
  const into = new Map<string, string[]>();
  for (const { from, to } of is.wires) into.set(to.node, [...(into.get(to.node) ?? []), from.node]);
  const reasons = new Map<string, Reason>();
  for (const id of order(is) ?? []) {
    const changes = own.get(id);
    const before = into.get(id)?.find((source) => reasons.has(source));
    if (changes) reasons.set(id, ofChanges(changes));
    else if (before !== undefined) reasons.set(id, { says: reasons.get(before)!.says });
  }
  // A component has that of the first node inside that has one: the same object at every look, for those who draw by it.
  for (const [id, { says }] of [...reasons])
    for (let end = id.lastIndexOf('/'); end > 0; end = id.lastIndexOf('/', end - 1))
      if (!reasons.has(id.slice(0, end))) reasons.set(id.slice(0, end), { says });
  // A component's card speaks for what is inside it.
  for (const [id, { says }] of [...reasons])
    for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1)) {
      const outer = id.slice(0, at);
      if (!reasons.has(outer)) reasons.set(outer, { says });
    }
  return reasons;
}

/**
 * The plan of a graph nobody has planned, from that of another: what differs between them, and what comes after it, will run.
 * So cards say no untruth while the server does not answer.
 */
export function guessPlan(known: { graph: Graph; plan: Plan }, now: Graph): Plan {
  const reasons = findReasons(known.graph, now);
  const changed = [...reasons.keys()].map((id) => [id, { state: 'will-run' as const }]);
  return { ...known.plan, ...Object.fromEntries(changed) };
}

function ofChanges(changes: readonly Change[]): Reason {
  const [only, ...more] = changes;
  const says = changes.map((change) => change.says).join('; ');
  const what = more.length ? `${changes.length} changes` : only?.is === 'added' ? 'new' : only?.what?.toLowerCase();
  return { says, ...(what ? { what } : {}) };
}

/** The reason of a card of the open page; for a component that of the first node inside that has one. */
export const reasonOfCard = (
  place: { ran: Graph | null; root: Graph; path: readonly string[] },
  id: string,
): Reason | undefined => (place.ran ? reasonsFor(place.ran, place.root).get(prefixOf(place) + id) : undefined);
