import { sentence } from '../engine/failures';
import { openWorkshop, type Workshop } from './executor-workshop';
import type { ExecutorSetup, FromExecutor, RunOrder, ToExecutor } from './protocol';

/**
 * The process that computes, forked by `spawnExecutor`. It holds nothing that cannot be made again: results lie in the
 * cache and half-done nodes in checkpoints, so it may be killed at any moment. It ends when its parent goes away.
 */
const tell = (message: FromExecutor): void => {
  // After the parent has gone there is no one to tell, and `disconnect` ends us.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

/** What goes on: one run, or cells of one sweep. By attempt token. */
const current = new Map<string, { order: RunOrder; abort: AbortController; ended: Promise<void> }>();
let isClosing = false;

async function run(workshop: Workshop, order: RunOrder, signal: AbortSignal): Promise<void> {
  const { run: id, token } = order;
  const outcome = await workshop.run(order, {
    emit: (event) => tell({ type: 'event', run: id, token, event }),
    signal,
  });
  current.delete(token);
  tell({ type: 'finished', run: id, token, outcome: outcome.state });
}

async function shutDown(): Promise<void> {
  isClosing = true;
  for (const { abort } of current.values()) abort.abort();
  await Promise.all([...current.values()].map(({ ended }) => ended));
  process.disconnect?.();
}

function start(order: RunOrder, opened: Promise<Workshop>): void {
  const isBeside = [...current.values()].every(
    (one) => one.order.sweep !== undefined && one.order.sweep === order.sweep,
  );
  if (!isBeside || isClosing) {
    const says = isClosing ? 'This executor is shutting down.' : 'This executor is busy with another run.';
    tell({ type: 'refused', run: order.run, token: order.token, says });
    return;
  }
  const abort = new AbortController();
  const ended = opened.then((workshop) => run(workshop, order, abort.signal));
  current.set(order.token, { order, abort, ended });
}

function main(setup: ExecutorSetup): void {
  const opened = openWorkshop(setup);
  opened.then(
    ({ device }) => tell({ type: 'ready', pid: process.pid, device }),
    (error: unknown) => {
      console.error(error);
      tell({ type: 'broken', says: sentence(error) });
      process.disconnect?.(); // lets the message out first; `disconnect` then ends us
      process.exitCode = 1;
    },
  );
  process.on('message', (message: ToExecutor) => {
    if (message.type === 'start') start(message.order, opened);
    else if (message.type === 'cancel') {
      for (const { order, abort } of current.values()) if (order.run === message.run) abort.abort();
    } else if (message.type === 'shutdown') void shutDown();
  });
  // Whatever was finished is stored, and the last step of what was not is checkpointed.
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => void shutDown());
  // Ctrl-C reaches the whole process group; the parent decides what becomes of us.
  process.on('SIGINT', () => {});
}

main(JSON.parse(process.argv[2] ?? '{}') as ExecutorSetup); // written by `spawnExecutor`
