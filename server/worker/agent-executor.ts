import { fork } from 'node:child_process';
import path from 'node:path';
import type { ExecutorSetup, FromExecutor, ToExecutor } from './protocol';

/** The disposable child that computes, as the agent sees it. */
export interface ExecutorProcess {
  send(message: ToExecutor): void;
  /** Ends it at once, whatever it is in the middle of. */
  kill(): void;
}

export interface ExecutorEvents {
  onMessage(message: FromExecutor): void;
  /** `how` says for people in what way it ended. */
  onExit(how: string): void;
}

export type StartExecutor = (events: ExecutorEvents) => ExecutorProcess;

/** Starts real executors for this setup. */
export function executorStarter(setup: ExecutorSetup): StartExecutor {
  return (events) => {
    const child = fork(path.join(import.meta.dirname, 'executor.ts'), [JSON.stringify(setup)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let isGone = false;
    const gone = (how: string) => {
      if (isGone) return;
      isGone = true;
      events.onExit(how);
    };
    // Sent by our own executor, which is compiled against the same protocol.
    child.on('message', (message) => events.onMessage(message as FromExecutor));
    child.on('error', (error) => gone(`could not be started (${error.message})`));
    child.on('exit', (code, signal) => gone(ending(code, signal)));
    return {
      send: (message) => void (child.connected && child.send(message)),
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed, most likely because memory ran out';
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed in native code (${signal})`;
  if (signal) return `was ended by ${signal}`;
  return code === 134 ? 'ran out of memory' : `ended with code ${code}`;
}
