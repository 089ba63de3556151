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

let current: { order: RunOrder; abort: AbortController; ended: Promise<void> } | undefined;
let isClosing = false;

async function run(workshop: Workshop, order: RunOrder, signal: AbortSignal): Promise<void> {
  const { run: id, token } = order;
  const outcome = await workshop.run(order, {
    emit: (event) => tell({ type: 'event', run: id, token, event }),
    signal,
  });
  current = undefined;
  tell({ type: 'finished', run: id, token, outcome: outcome.state });
}

async function shutDown(): Promise<void> {
  isClosing = true;
  current?.abort.abort();
  await current?.ended;
  process.disconnect?.();
}

function start(order: RunOrder, opened: Promise<Workshop>): void {
  if (current || isClosing) {
    const says = isClosing ? 'This executor is shutting down.' : 'This executor is busy with another run.';
    tell({ type: 'refused', run: order.run, token: order.token, says });
    return;
  }
  const abort = new AbortController();
  current = { order, abort, ended: opened.then((workshop) => run(workshop, order, abort.signal)) };
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
    else if (message.type === 'cancel' && current?.order.run === message.run) current.abort.abort();
    else if (message.type === 'shutdown') void shutDown();
  });
  // Whatever was finished is stored, and the last step of what was not is checkpointed.
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => void shutDown());
  // Ctrl-C reaches the whole process group; the parent decides what becomes of us.
  process.on('SIGINT', () => {});
}

main(JSON.parse(process.argv[2] ?? '{}') as ExecutorSetup); // written by `spawnExecutor`
