import type { OutputSummary, Preview, RunEvent } from '../../../nodes/events';

/** How one node of the shown run is doing. */
export interface NodeRun {
  state: 'running' | 'reused' | 'done' | 'failed' | 'stopped';
  /** Of a component: which node inside it is at work. */
  inner?: string;
  done?: number;
  of?: number;
  /** When it started, by the clock of the server, in milliseconds. */
  since?: number;
  resumedAt?: number;
  seconds?: number;
  /** Which parts of models it used, and where they computed. */
  where?: string;
  says?: string;
  detail?: string;
  /** What its result goes by in the cache. */
  fingerprint?: string;
  preview?: Preview;
  outputs?: Record<string, OutputSummary>;
}

export interface RunState {
  run?: string;
  status: 'idle' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** The newest stored event that was applied. */
  seq: number;
  since?: number;
  seconds?: number;
  ran?: number;
  reused?: number;
  /** Why the run failed. */
  says?: string;
  failedAt?: string;
  nodes: Readonly<Record<string, NodeRun>>;
  /** What nodes gave in earlier runs, so that a film stays on its card until the next one is there. */
  before: Readonly<Record<string, Record<string, OutputSummary>>>;
}

export const noRun: RunState = { status: 'idle', seq: 0, nodes: {}, before: {} };
export const isActive = (run: Pick<RunState, 'status'>) => run.status === 'queued' || run.status === 'running';

/**
 * Folds one event into what is shown. Pure. Events of other runs are ignored, except the beginning of a newer run
 * (one that only waits does not push aside one that is at work); repeats (after a reconnect) and progress of a node that has already ended change nothing. Only the touched node's
 * entry is a new object, so that only its card is drawn again.
 */
export function applyEvent(state: RunState, event: RunEvent): RunState {
  if (event.run !== state.run) {
    const begins = event.type === 'run.started' || (event.type === 'run.queued' && !isActive(state));
    if (!begins || event.seq <= state.seq) return state;
    return applyEvent({ ...noRun, run: event.run, before: outputsOf(state) }, event);
  }
  if (event.type === 'node.progress') return progress(state, event);
  if (event.seq <= state.seq) return state;
  return { ...change(state, event), seq: event.seq };
}

function progress(state: RunState, event: RunEvent & { type: 'node.progress' }): RunState {
  const node = state.nodes[event.node];
  if (state.status !== 'running' || (node && node.state !== 'running')) return state;
  const { done, of, preview = node?.preview } = event;
  return withNode(state, event.node, { since: event.at, ...node, state: 'running', done, of, preview });
}

function change(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run.queued':
      return { ...state, status: 'queued', since: event.at };
    case 'run.started':
      return { ...state, status: 'running', since: event.at };
    case 'node.started':
      return withNode(state, event.node, {
        ...{ state: 'running', since: event.at, resumedAt: event.resumedAt },
        fingerprint: event.fingerprint,
      });
    case 'node.reused':
      return withNode(state, event.node, { state: 'reused', outputs: event.outputs, fingerprint: event.fingerprint });
    case 'node.done': {
      const { preview, fingerprint } = state.nodes[event.node] ?? {};
      const { seconds, where, outputs } = event;
      return withNode(state, event.node, { state: 'done', seconds, where, outputs, preview, fingerprint });
    }
    case 'node.failed':
      return withNode(state, event.node, { state: 'failed', says: event.says, detail: event.detail });
    case 'run.done':
      return { ...state, status: 'done', seconds: event.seconds, ran: event.ran, reused: event.reused };
    case 'run.failed':
      return { ...stopped(state), status: 'failed', says: event.says, failedAt: event.node };
    case 'run.cancelled':
      return { ...stopped(state), status: 'cancelled' };
    // Progress is told apart; what else there is, perhaps of a server newer than this page, changes nothing shown.
    default:
      return state;
  }
}

/** The newest outputs of every node, of this run or of one before. */
function outputsOf({ before, nodes }: RunState): RunState['before'] {
  const fresh = Object.entries(nodes).flatMap(([id, { outputs }]) => (outputs ? [[id, outputs] as const] : []));
  return { ...before, ...Object.fromEntries(fresh) };
}

const withNode = (state: RunState, id: string, node: NodeRun): RunState => ({
  ...state,
  nodes: { ...state.nodes, [id]: node },
});

/** Nodes that were at work when the run ended did not finish. */
function stopped(state: RunState): RunState {
  const nodes = Object.fromEntries(
    Object.entries(state.nodes).map(([id, node]) => [
      id,
      node.state === 'running' ? { ...node, state: 'stopped' as const } : node,
    ]),
  );
  return { ...state, nodes };
}
