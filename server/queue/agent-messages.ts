import type { RunHappening } from '../../nodes/events';
import type { DeviceReport, RunOrder } from '../worker/protocol';

/**
 * What the web process and a worker's agent say to each other, one JSON object a line over a local socket.
 *
 * A socket rather than the supervisor's IPC channel: it is the same under `next dev`, which serves from a child of its
 * own; its closing tells at once that the other side died; and either side may be restarted without the other. It lies in
 * a folder only its owner can enter, and the first line must show a secret that only the supervisor's children know.
 */
export type ToAgent =
  | { type: 'run'; order: RunOrder }
  | { type: 'cancel'; run: string }
  /** The attempt is no longer yours: kill what computes it, tell nothing more of it. */
  | { type: 'stop'; token: string }
  /** Everything up to this number is stored; it need not be sent again. */
  | { type: 'ack'; upTo: number };

export type FromAgent =
  /** `tokens` are the attempts in progress, when the web process was restarted under a running worker. */
  | { type: 'hello'; secret: string; worker: string; pid: number; device?: DeviceReport; tokens?: string[] }
  | { type: 'device'; device: DeviceReport }
  /** The lease is still wanted. */
  | { type: 'alive'; token: string }
  | { type: 'happened'; n: number; token: string; happenings: RunHappening[] }
  /** The executor died or hung. `says` is for people. */
  | { type: 'lost'; n: number; token: string; says: string }
  /** The worker is being stopped in good order; the run goes on from its checkpoint when there is one again. */
  | { type: 'released'; n: number; token: string };

/** An agent renews its lease this often, and loses it after so long a silence. */
export const renewEveryMs = 3000;
export const leaseMs = 15_000;
