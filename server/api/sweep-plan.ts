import type { Graph } from '../../nodes/graph';
import type { Sweep, SweepProblem } from '../../nodes/sweep';
import { type NodeShare, planSweep, type SweepPlan } from '../engine/plan-sweep';
import { cellLimit } from '../store/home';
import type { NewCell } from '../store/sweep-runs';
import { largerThan, type Room } from './plan-graph';
import type { Services } from './services';

/** The plan of a sweep as it crosses the wire. */
export interface SweepOutlook {
  problems: SweepProblem[];
  count: number;
  limit: number;
  /** By number, in the order in which they will run. */
  cells: { index: number; state: 'cached' | 'will-run' | 'blocked'; says?: string }[];
  nodes: Record<string, NodeShare>;
  seconds?: number;
  untimed: number;
}

/** The plan of all cells, as the worker of this server would run them; `room` is the memory a run may have. */
export async function sweepPlan(
  services: Services,
  about: { graph: Graph; sweep: Sweep; room: Room },
): Promise<SweepPlan> {
  const { graph, sweep, room } = about;
  const models = await services.library.models();
  return planSweep(graph, sweep, {
    ...{ models, device: services.device(), cache: services.cache, limit: cellLimit() },
    objects: (plan) => largerThan(room, plan, models)[0]?.says,
  });
}

export function outlookOf({ laid, problems, cells, nodes, seconds, untimed }: SweepPlan): SweepOutlook {
  return {
    ...{ problems, nodes, untimed, count: laid.count, limit: cellLimit() },
    cells: cells.map(({ cell, state, says }) => ({
      index: cell.index,
      state,
      ...(says === undefined ? {} : { says }),
    })),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

/** The cells as they go into the queue; those whose every result is there take it along. */
export function newCells({ cells, laid }: SweepPlan): NewCell[] {
  return cells.map(({ cell, graph, plan, state }) => ({
    cell: cell.index,
    name: `${graph.name}: ${laid.axes.map(({ labels }, at) => labels[cell.at[at]!]).join(', ')}`.slice(0, 200),
    document: JSON.stringify(graph),
    ...(state === 'cached' ? { held: heldBy(plan) } : {}),
  }));
}

/** What is in the cache for each node of a plan. Sources that are not kept have nothing, and need nothing. */
function heldBy({ pieces, found }: SweepPlan['cells'][number]['plan']): NonNullable<NewCell['held']> {
  return Object.fromEntries(
    [...pieces.values()].flatMap(({ fingerprint, nodes }) =>
      nodes.map((node) => [node, found.get(fingerprint)?.outputs ?? {}]),
    ),
  );
}
