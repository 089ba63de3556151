import { spawnExecutor } from './executor-process';
import type { ExecutorSetup, FromExecutor, ToExecutor } from './protocol';

/** The disposable child that computes, as the agent sees it. */
export interface Computer {
  send(message: ToExecutor): void;
  /** Ends it at once, whatever it is in the middle of. */
  kill(): void;
}

export interface ComputerEvents {
  onMessage(message: FromExecutor): void;
  /** `how` says for people in what way it ended. */
  onExit(how: string): void;
}

export type StartComputer = (events: ComputerEvents) => Computer;

/** Starts real executors for this setup. */
export function executorStarter(setup: ExecutorSetup): StartComputer {
  return ({ onMessage, onExit }) => {
    const executor = spawnExecutor(setup, { onMessage });
    void executor.ended.then(({ code, signal }) => onExit(ending(code, signal)));
    return executor;
  };
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed, most likely because memory ran out';
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed in native code (${signal})`;
  if (signal) return `was ended by ${signal}`;
  return code === null ? 'could not be started' : `ended with code ${code}`;
}
