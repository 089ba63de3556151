import type { RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';

/**
 * What agent and executor say to each other over the IPC channel of `fork`. The agent holds the lease and never
 * computes; the executor computes and holds nothing that cannot be made again, so it may be killed at any moment.
 *
 * Every message about a run carries the token of its attempt: an agent that has lost the lease drops what still comes.
 */

/** Where an executor finds things and puts things. Fixed for the life of the process. */
export interface ExecutorSetup {
  /** Holds blobs, cache and checkpoints. Absolute. */
  dataFolder: string;
  /** Folders that hold model folders. Absolute. */
  modelFolders: string[];
  /** `auto`, or a device by name (`cpu`, `cuda`, ...). */
  device: string;
  /** A checkpoint of a denoising at most this often, in milliseconds; 0 for every step. Default 1000. */
  checkpointEvery?: number;
}

export interface RunOrder {
  run: string;
  /** Attempt token: comes back with every message about this attempt. */
  token: string;
  /** 1 for the first attempt. */
  attempt: number;
  graph: Graph;
  /** Only these output nodes and what they need; all output nodes when absent. */
  targets?: string[];
  /** Reuse nothing and continue nothing. Results are stored all the same. */
  fresh?: boolean;
  /** The sweep it is a cell of. Cells of one sweep may go on side by side, so that the device never waits for a file. */
  sweep?: string;
}

export type ToExecutor =
  | { type: 'start'; order: RunOrder }
  /** Cooperative: honoured between steps and sessions. Kill the process when `finished` does not come in time. */
  | { type: 'cancel'; run: string }
  /** Finish by cancelling what runs (its checkpoint is kept), then exit with code 0. */
  | { type: 'shutdown' };

/** How a run ended. `cancelled` also after `shutdown`; a killed process says nothing. */
export type RunOutcome = 'done' | 'failed' | 'cancelled';

export type FromExecutor =
  /** The process is up and has chosen its device. Orders sent before wait. */
  | { type: 'ready'; pid: number; device: DeviceReport }
  /** Anything the run says. Progress is throttled, the latest per node, never ahead of a state change. */
  | { type: 'event'; run: string; token: string; event: RunHappening }
  /** The run's last message, after its last event. */
  | { type: 'finished'; run: string; token: string; outcome: RunOutcome }
  /** An order was not taken: a run that is no cell of the same sweep is in progress, or the executor is shutting down. Send it again later. */
  | { type: 'refused'; run: string; token: string; says: string }
  /** The executor cannot work at all, and exits after this with code 1. */
  | { type: 'broken'; says: string };

/** Which device really computes, as tried out and not as listed. */
export interface DeviceReport {
  /** Provider that passed its self-test, e.g. `cpu`, `cuda`, `webgpu`. */
  provider: string;
  /** What enters fingerprints of nodes that compute, e.g. `cpu/fp32`. */
  key: string;
  /** For people: the choice in a sentence, with what was tried and refused. */
  says: string;
  /** Bytes of the graphics card's memory, whether it computes there or not; absent when nobody could be asked. */
  card?: number;
}
