import { type ChildProcess, fork } from 'node:child_process';
import { ownFolder, toRun } from '../programs';
import malloc from './malloc.json';
import type { ExecutorSetup, FromExecutor, ToExecutor } from './protocol';

export interface ExecutorProcess {
  pid: number | undefined;
  /** Does nothing when the process has ended. */
  send(message: ToExecutor): void;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
  /** Resolves when the process has ended, however that came. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts an executor. Messages come in order; after a kill none comes. */
export function spawnExecutor(
  setup: ExecutorSetup,
  about: { onMessage(message: FromExecutor): void; env?: NodeJS.ProcessEnv },
): ExecutorProcess {
  const [script, file] = toRun('server/worker/executor.ts');
  const child: ChildProcess = fork(script, [file, JSON.stringify(setup)], {
    cwd: ownFolder,
    execArgv: [],
    // Typed arrays cross as they are.
    serialization: 'advanced',
    // Activations and widened weights are reused instead of being mapped anew for every operator: a fifth less time. What
    // is larger, or free beyond 128 MB, goes back to the system.
    env: { ...process.env, ...about.env, ...malloc },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (message) => about.onMessage(message as FromExecutor)); // the only sender is `executor.ts`
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', () => resolve({ code: null, signal: null }));
  });
  return {
    pid: child.pid,
    send(message) {
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}
