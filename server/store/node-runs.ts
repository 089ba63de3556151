import type { NodeAbout, RunHappening } from '../../nodes/events';
import type { Tx } from './database';

interface NodeRunRow {
  runId: string;
  node: string;
  ownerId: string;
  attempt: number;
  state: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  seconds: number | null;
  resumedAt: number | null;
  outputs: string | null;
  says: string | null;
  detail: string | null;
  fingerprint: string | null;
  about: string | null;
}

/**
 * Brings the rows of the nodes up to date with what has happened. A fixed number of statements however many nodes a
 * batch names: cheap nodes finish by the thousand.
 */
export async function mergeNodeRuns(
  tx: Tx,
  run: { id: string; ownerId: string; attempt: number },
  happenings: RunHappening[],
): Promise<void> {
  const about = happenings.filter((happening) => 'node' in happening && happening.type.startsWith('node.'));
  if (!about.length) return;
  const names = [...new Set(about.map((happening) => ('node' in happening && happening.node) || ''))];
  const where = { runId: run.id, node: { in: names } };
  const rows = new Map((await tx.nodeRun.findMany({ where })).map((row): [string, NodeRunRow] => [row.node, row]));
  for (const happening of about) apply(rows, run, happening);
  await tx.nodeRun.deleteMany({ where });
  await tx.nodeRun.createMany({ data: [...rows.values()] });
}

function apply(
  rows: Map<string, NodeRunRow>,
  run: { id: string; ownerId: string; attempt: number },
  happening: RunHappening,
): void {
  const now = new Date();
  const empty = {
    seconds: null,
    resumedAt: null,
    outputs: null,
    says: null,
    detail: null,
    fingerprint: null,
    about: null,
  };
  const begin = (node: string): NodeRunRow => ({
    ...empty,
    ...{ runId: run.id, ownerId: run.ownerId, node, attempt: run.attempt },
    ...{ state: 'running', startedAt: now, finishedAt: null },
  });
  switch (happening.type) {
    case 'node.started':
      rows.set(happening.node, {
        ...begin(happening.node),
        resumedAt: happening.resumedAt ?? null,
        fingerprint: happening.fingerprint ?? null,
      });
      break;
    case 'node.done':
    case 'node.reused': {
      const row = happening.type === 'node.done' ? rows.get(happening.node) : undefined;
      rows.set(happening.node, {
        ...(row ?? begin(happening.node)),
        state: happening.type === 'node.done' ? 'done' : 'reused',
        finishedAt: now,
        ...(happening.type === 'node.done'
          ? { seconds: happening.seconds, about: aboutText(happening) }
          : { seconds: 0, fingerprint: happening.fingerprint ?? null }),
        outputs: JSON.stringify(happening.outputs),
      });
      break;
    }
    case 'node.failed': {
      const { says, detail = null } = happening;
      const row = rows.get(happening.node) ?? begin(happening.node);
      rows.set(happening.node, { ...row, state: 'failed', finishedAt: now, says, detail });
      break;
    }
  }
}

/** What is told beside outputs and seconds, as JSON. */
const aboutText = ({ where, opening, memory }: NodeAbout): string => JSON.stringify({ where, opening, memory });
