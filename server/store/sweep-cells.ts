import type { OutputSummary } from '../../nodes/events';
import { type AssetSummary, summaryOfAsset } from './assets';
import type { Db, Viewer } from './database';
import type { NodeState, RunState } from './runs';

/** What has become of one cell: the newest run of it. */
export interface SweepCell {
  cell: number;
  run: string;
  state: RunState;
  says: string | null;
  failedNode: string | null;
  seconds: number | null;
  ran: number | null;
  reused: number | null;
  /** Files it has made, the one shown first. */
  assets: AssetSummary[];
  nodes: { node: string; state: NodeState; seconds: number | null }[];
  /** What was measured, by node and figure: `measure flicker`. */
  figures: Record<string, number>;
}

/** The cells of a sweep by their number. Runs that were done again are not among them. */
export async function cellsOf(db: Db, viewer: Viewer, sweepId: string): Promise<SweepCell[]> {
  const where = { sweepId, ownerId: viewer.ownerId, removedAt: null };
  const rows = await db.run.findMany({
    where,
    orderBy: [{ cell: 'asc' }, { queuedAt: 'asc' }],
    select: {
      ...{ id: true, cell: true, state: true, says: true, failedNode: true, seconds: true, ran: true, reused: true },
      assets: { where: { removedAt: null } },
      nodes: { select: { node: true, state: true, seconds: true, outputs: true } },
    },
  });
  return rows.flatMap(({ id: run, cell, state, assets, nodes, ...rest }) =>
    cell === null
      ? []
      : {
          ...{ cell, run, ...rest },
          // Sound: only server/store writes these columns, from the lists in runs.ts.
          state: state as RunState,
          nodes: nodes.map(({ node, state, seconds }) => ({ node, state: state as NodeState, seconds })),
          figures: Object.assign({}, ...nodes.map(figuresOf)),
          assets: assets.map(summaryOfAsset).sort(byRank),
        },
  );
}

/** Figures among the outputs of a node. */
function figuresOf({ node, outputs }: { node: string; outputs: string | null }): Record<string, number> {
  // Hardly any node measures: the text of all others need not be taken apart.
  if (!outputs?.includes('"measures"')) return {};
  const all = Object.values(JSON.parse(outputs) as Record<string, OutputSummary>); // written by us, of exactly this type
  const facts = all.flatMap((output) => (output.kind === 'measures' ? Object.entries(output.facts) : []));
  return Object.fromEntries(
    facts.flatMap(([name, value]) => (typeof value === 'number' ? [[`${node} ${name}`, value]] : [])),
  );
}

/** Films before pictures; of several those of one node before the next, so that all cells show the same one first. */
const byRank = (a: AssetSummary, b: AssetSummary): number =>
  rank(a) - rank(b) || ((a.node ?? '') < (b.node ?? '') ? -1 : a.node === b.node && a.id < b.id ? -1 : 1);
const rank = ({ kind }: AssetSummary) => ['video', 'image', 'audio', 'tensors'].indexOf(kind);
