import type { NodePlan, OutputSummary } from '../../../nodes/events';
import type { NodeRun, RunState } from './run-state';

type Outputs = Readonly<Record<string, OutputSummary>>;

/** What a card has to show: made by the run on show, waiting in the cache for this graph, or made from another graph than this. */
export interface Shown {
  outputs: Outputs;
  from: 'run' | 'cache' | 'before';
}

/** What a card shows. What this graph would give comes first: whatever is in the cache needs no run to be seen. */
export function shownOn(
  card: string,
  about: { run: Pick<RunState, 'nodes' | 'before'>; plan: Readonly<Record<string, NodePlan>> },
): Shown | undefined {
  const node = about.run.nodes[card];
  const plan = about.plan[card];
  const made = node?.outputs;
  const held = plan?.outputs;
  if (held && !(made && isSame(made, held))) return { outputs: held, from: 'cache' };
  if (made) return { outputs: made, from: isOld(node, plan) ? 'before' : 'run' };
  const before = about.run.before[card];
  return before && { outputs: before, from: 'before' };
}

/** Whether what a node did in its run is no longer what the graph asks for. */
export const isOld = (node: NodeRun, plan: NodePlan | undefined): boolean =>
  node.fingerprint && plan?.fingerprint ? node.fingerprint !== plan.fingerprint : plan?.state === 'will-run';

const isSame = (one: Outputs, other: Outputs) => contents(one) === contents(other);

/** By what it is: the same bytes are called otherwise by every run that gave them, and other ports by a component. */
const contents = (outputs: Outputs): string =>
  Object.values(outputs)
    .flatMap(({ kind, file, facts }) => file?.sha256 ?? (kind === 'measures' ? JSON.stringify(facts) : []))
    .sort()
    .join();
