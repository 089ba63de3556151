import type { NodeAbout, OutputSummary, Preview, RunHappening, StepSeen } from '../../nodes/events';
import type { Machine } from '../../nodes/machine';
import type { Value } from '../../nodes/values';
import type { Cache } from './cache';
import type { Desk } from './desk';
import type { Plan } from './plan';
import { openRun } from './run';

/** What a machine is made for: one execution of one node. */
export interface MachineJob {
  node: string;
  fingerprint: string;
  signal: AbortSignal;
  /** Ignore what a killed run left behind. */
  fresh: boolean;
  /** Passed on to those who watch, a few times per second. */
  tell(progress: Progress): void;
  /** Stores what the node would hand on if it stopped after this step. */
  keep(seen: StepSeen, values: Readonly<Record<string, Value>>): Promise<void>;
}

export interface Progress {
  done: number;
  of: number;
  preview?: Preview;
}

/** A machine in use. `close` is called when the node did not finish: its work so far may be kept for the next try. */
export interface OpenMachine {
  ctx: Machine;
  close(): Promise<void>;
  /** What there is to say of the work that was done. */
  about?(): NodeAbout;
  /** How the last denoising step looked. */
  seen?(): StepSeen | undefined;
}

export interface ExecutePorts {
  cache: Cache;
  machine(job: MachineJob): OpenMachine;
  emit(event: RunHappening): void;
  signal: AbortSignal;
  /** 1 for the first attempt. */
  attempt?: number;
  /** Shared with runs that go on beside this one; a desk of its own when absent. */
  desk?: Desk;
  /** Nodes that compute take turns, for they share one device; of all others so many run at once. Default 8. */
  parallel?: number;
}

export interface Failure {
  node?: string;
  says: string;
}

export interface Outcome {
  state: 'done' | 'failed' | 'cancelled';
  seconds: number;
  /** Pieces of work that were done. */
  ran: number;
  /** Nodes that got their result without work. */
  reused: number;
  /** What the targets made, by node and port; also of a failed run, as far as it came. */
  outputs: Map<string, Record<string, OutputSummary>>;
  /** Why it failed, first cause first. */
  failures: Failure[];
}

/**
 * Carries a plan out and emits every event of the run, from `run.started` to its end. Branches that do not need a failed
 * node go on, so that finished work is never lost; then the run fails with the first cause. Rejects only for faults of
 * the engine itself.
 */
export async function execute(plan: Plan, ports: ExecutePorts): Promise<Outcome> {
  const started = performance.now();
  ports.emit({ type: 'run.started', attempt: ports.attempt ?? 1 });
  const blocked = blocking(plan);
  for (const { node, says } of blocked) if (node !== undefined) ports.emit({ type: 'node.failed', node, says });

  const run = openRun(plan, ports);
  const { ran, reused, failures, isCancelled } = await run.finish();
  const outcome: Outcome = {
    state: isCancelled ? 'cancelled' : blocked.length + failures.length ? 'failed' : 'done',
    seconds: 0,
    ran,
    reused,
    outputs: new Map(),
    failures: [...blocked, ...failures],
  };
  for (const { node, fingerprint } of plan.targets) {
    const held = fingerprint === undefined ? undefined : run.held(fingerprint);
    if (held) outcome.outputs.set(node, held.outputs);
  }
  run.close();

  outcome.seconds = (performance.now() - started) / 1000;
  if (outcome.state === 'cancelled') ports.emit({ type: 'run.cancelled' });
  else if (outcome.state === 'failed') ports.emit({ type: 'run.failed', ...outcome.failures[0]! });
  else ports.emit({ type: 'run.done', seconds: outcome.seconds, ran, reused });
  return outcome;
}

/** Problems that keep a target from being made; those of nodes nobody needs do not count. */
function blocking(plan: Plan): Failure[] {
  if (plan.targets.length && plan.targets.every(({ fingerprint }) => fingerprint !== undefined)) return [];
  const counts = plan.problems.filter(({ at }) => at === undefined || plan.nodes.get(at)?.state === 'blocked');
  return counts.map(({ at, says }) => ({ node: at, says }));
}
