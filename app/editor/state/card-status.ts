import type { NodePlan } from '../../../nodes/events';
import type { Reason } from './reasons';
import type { NodeRun, RunState } from './run-state';
import { isActive } from './run-state';
import { isOld } from './shown-outputs';

/** What a card says about itself, in one small badge. */
export type CardStatus =
  | { is: 'plain' }
  | { is: 'problem' }
  | { is: 'cached' }
  | { is: 'will-run'; seconds?: number; resumesAt?: number; reason?: Reason }
  | { is: 'unused' }
  | { is: 'off'; how: 'muted' | 'bypassed' | 'idle' }
  | { is: 'waiting' }
  | { is: 'running'; inner?: string; done?: number; of?: number }
  | { is: 'reused' }
  | { is: 'done'; seconds?: number; where?: string }
  | { is: 'failed' }
  | { is: 'stopped' };

/**
 * While a run is on, its news; afterwards, its result for as long as it still holds: once the plan says that a node
 * would run again (something before it was changed), what it did last time is no longer what is shown.
 */
export function cardStatus(about: {
  node?: NodeRun;
  plan?: NodePlan;
  /** Whether the card itself is switched off. */
  off?: 'mute' | 'bypass' | undefined;
  run: RunState['status'];
  hasProblem: boolean;
  /** What was changed since it ran. */
  reason?: Reason | undefined;
}): CardStatus {
  const { node, plan, run, off, hasProblem, reason } = about;
  if (off) return { is: 'off', how: off === 'mute' ? 'muted' : 'bypassed' };
  if (plan?.state === 'off') return { is: 'off', how: 'idle' };
  if (isActive({ status: run })) {
    if (!node) return plan?.state === 'unused' ? { is: 'unused' } : { is: 'waiting' };
    return ofRun(node);
  }
  if (hasProblem) return { is: 'problem' };
  if (node?.state === 'failed') return { is: 'failed' };
  if (plan?.state === 'will-run')
    return { is: 'will-run', seconds: plan.seconds, resumesAt: plan.resumesAt, ...(reason ? { reason } : {}) };
  if (plan?.state === 'unused') return { is: 'unused' };
  const holds = node && !(plan?.state === 'cached' && isOld(node, plan));
  if (holds && (node.state === 'done' || node.state === 'reused')) return ofRun(node);
  if (plan?.state === 'cached') return { is: 'cached' };
  if (node?.state === 'stopped') return { is: 'stopped' };
  return { is: 'plain' };
}

function ofRun(node: NodeRun): CardStatus {
  switch (node.state) {
    case 'running':
      return { is: 'running', inner: node.inner, done: node.done, of: node.of };
    case 'done':
      return { is: 'done', seconds: node.seconds, where: node.where };
    default:
      return { is: node.state };
  }
}
