import type { Graph } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import type { NodeReport } from '../editor/state/run-report';

/** What became of a node in one of the two runs. Seconds; `cached` took none; absent where there is no such node. */
export type Spent = number | 'cached' | 'failed';

export interface TimeRow {
  node: string;
  title: string;
  type: string;
  a?: Spent;
  b?: Spent;
}

interface Ran {
  graph: Graph;
  nodes: readonly Pick<NodeReport, 'node' | 'state' | 'seconds'>[];
}

/**
 * How long the nodes of two runs took, side by side: nodes are the same that have the same id and type. The longest first;
 * those that took next to nothing in both are left out.
 */
export function nodeTimes(a: Ran | undefined, b: Ran | undefined): TimeRow[] {
  const rows = new Map<string, TimeRow>();
  for (const [side, ran] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const byId = new Map(ran?.graph.nodes.map((node) => [node.id, node]));
    for (const { node, state, seconds } of ran?.nodes ?? []) {
      const type = byId.get(node)?.type ?? '';
      const title = byId.get(node)?.title ?? registry[type]?.title ?? node;
      const row = rows.get(`${node} ${type}`) ?? { node, title, type };
      rows.set(`${node} ${type}`, { ...row, [side]: spent(state, seconds) });
    }
  }
  const most = ({ a: one, b: other }: TimeRow) => Math.max(secondsOf(one), secondsOf(other));
  return [...rows.values()].filter((row) => most(row) >= 0.001).sort((one, other) => most(other) - most(one));
}

function spent(state: NodeReport['state'], seconds: number | null): Spent {
  if (state === 'reused') return 'cached';
  return state === 'failed' ? 'failed' : (seconds ?? 0);
}

export const secondsOf = (spent: Spent | undefined): number => (typeof spent === 'number' ? spent : 0);
