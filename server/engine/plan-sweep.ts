import { setImmediate as nextTurn } from 'node:timers/promises';
import { flatten } from '../../nodes/flatten';
import { type Graph, order } from '../../nodes/graph';
import type { Sweep, SweepProblem } from '../../nodes/sweep';
import { type Cell, cellGraph, type LaidOut, layOut, sayCell } from '../../nodes/sweep-cells';
import type { Held } from './cache';
import { type Plan, type PlanAbout, plan } from './plan';

export interface PlannedCell {
  cell: Cell;
  graph: Graph;
  plan: Plan;
  state: 'cached' | 'will-run' | 'blocked';
  /** Why it is blocked. */
  says?: string;
}

/** How often one node runs for the whole sweep: pieces of work of the same fingerprint are one. */
export interface NodeShare {
  runs: number;
  cached: number;
}

export interface SweepPlan {
  laid: LaidOut;
  problems: SweepProblem[];
  /** In the order in which they best run: depth first, so that cells with the same beginning follow one another. */
  cells: PlannedCell[];
  /** By node id of the swept graph, inside components too. */
  nodes: Record<string, NodeShare>;
  /** Sum of what is known about the work to do, each piece once; absent when nothing is known. */
  seconds?: number;
  /** Pieces of work that have never been timed, and so are not in `seconds`. */
  untimed: number;
}

export type PlanSweepAbout = Omit<PlanAbout, 'targets' | 'fresh'> & {
  limit?: number;
  /** A further objection to a cell, e.g. that it needs more memory than there is. */
  objects?(plan: Plan): string | undefined;
};

/** How long the event loop may be held between two cells, in milliseconds. */
const turnEvery = 10;

/**
 * Plans all cells of a sweep as one: what runs and how often, what is cached, how long it will take. Reads no result and
 * runs nothing. That a cell is blocked is no problem of the sweep; each says why.
 */
export async function planSweep(graph: Graph, sweep: Sweep, about: PlanSweepAbout): Promise<SweepPlan> {
  const { limit, objects, nodes, ...rest } = about;
  const laid = layOut(graph, sweep, { ...(limit === undefined ? {} : { limit }), ...(nodes ? { nodes } : {}) });
  const looked = new Map<string, Held | null>();
  const look = (print: string) => {
    if (!looked.has(print)) looked.set(print, about.cache.look(print));
    return looked.get(print) ?? null;
  };
  const { seconds, resumesAt } = about.cache;
  const cache = { look, seconds, resumesAt };
  const cells: PlannedCell[] = [];
  let turned = performance.now();
  for (const cell of laid.cells) {
    const made = cellGraph(graph, laid, cell);
    const planned = plan(made, { ...rest, ...(nodes ? { nodes } : {}), cache });
    const says = blockage(planned) ?? objects?.(planned);
    const state = says !== undefined ? 'blocked' : planned.toRun.length ? 'will-run' : 'cached';
    cells.push({ cell, graph: made, plan: planned, state, ...(says === undefined ? {} : { says }) });
    if (performance.now() - turned < turnEvery) continue;
    await nextTurn();
    turned = performance.now();
  }
  depthFirst(cells, order(graph) ?? []);
  return { laid, problems: laid.problems, cells, nodes: shares(graph, cells), ...estimate(cells, about) };
}

/** Why a plan cannot be carried out whole, in the words of its first problem that matters. */
function blockage({ targets, problems, nodes }: Plan): string | undefined {
  if (targets.length && targets.every(({ fingerprint }) => fingerprint !== undefined)) return undefined;
  const first = problems.find(({ at }) => at === undefined || nodes.get(at)?.state === 'blocked');
  return first?.says ?? 'This cell has nothing to run.';
}

/** Sorts cells so that those that agree in the first nodes of the graph stand together, then in the next, and so on. */
function depthFirst(cells: PlannedCell[], sorted: readonly string[]): void {
  const seen = new Map<string, number>();
  const keys = new Map(
    cells.map((one) => [
      one,
      sorted.map((id) => {
        const print = one.plan.nodes.get(id)?.fingerprint ?? '';
        if (!seen.has(print)) seen.set(print, seen.size);
        return seen.get(print)!;
      }),
    ]),
  );
  cells.sort((a, b) => {
    const [one, other] = [keys.get(a)!, keys.get(b)!];
    const at = one.findIndex((rank, place) => rank !== other[place]);
    return at < 0 ? a.cell.index - b.cell.index : one[at]! - other[at]!;
  });
}

function shares(graph: Graph, cells: readonly PlannedCell[]): Record<string, NodeShare> {
  const found: Record<string, NodeShare> = {};
  for (const { id } of flatten(graph).graph.nodes) {
    const prints = { run: new Set<string>(), cached: new Set<string>() };
    for (const { plan } of cells) {
      const node = plan.nodes.get(id);
      if (node?.fingerprint === undefined) continue;
      // A source whose result is not kept is not needed where everything behind it is cached.
      if (node.state === 'will-run') prints.run.add(node.fingerprint);
      else if (node.state === 'cached') prints.cached.add(node.fingerprint);
    }
    found[id] = { runs: prints.run.size, cached: [...prints.cached].filter((print) => !prints.run.has(print)).length };
  }
  return found;
}

function estimate(cells: readonly PlannedCell[], { cache }: PlanSweepAbout): Pick<SweepPlan, 'seconds' | 'untimed'> {
  const pieces = new Map(
    cells.flatMap(({ plan, state }) =>
      state === 'will-run' ? plan.toRun.map((print) => [print, plan.pieces.get(print)!] as const) : [],
    ),
  );
  const known = [...pieces.values()].map(({ work }) => cache.seconds(work));
  const timed = known.filter((one) => one !== undefined);
  const untimed = known.length - timed.length;
  return timed.length ? { seconds: timed.reduce((sum, one) => sum + one, 0), untimed } : { untimed };
}

/** The first cell that is blocked, as a sentence that names it. */
export function firstBlocked({ cells, laid }: SweepPlan): string | undefined {
  const blocked = cells.find(({ state }) => state === 'blocked');
  return blocked && `${sayCell(laid, blocked.cell)}: ${blocked.says}`;
}
