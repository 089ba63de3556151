import type { DeviceReport } from '../worker/protocol';

/** A process that runs graphs, as the status page shows it. */
export interface WorkerReport {
  id: string;
  pid: number;
  /** The run it is busy with. */
  run?: string;
  /** What it found when it tried its devices; absent until it has. */
  device?: DeviceReport;
}

/**
 * Wakes workers, nothing more: the database is the truth about runs. Losing everything a queue knows loses no run.
 * `local` hands runs to one worker on this machine; a shared queue will stand behind the same methods.
 */
export interface Queue {
  /** The run has been stored and waits. */
  enqueue(run: { id: string; priority: number }): Promise<void>;
  /** Waiting runs may start now: the queue was paused and is no more. */
  resume(): Promise<void>;
  /** Somebody wants this run to stop; the wish has been stored. Does nothing when nobody runs it. */
  cancel(runId: string): Promise<void>;
  workers(): WorkerReport[];
  /** Resolves when no order is being handed over; running work is left to its lease. */
  close(): Promise<void>;
}
