import { setTimeout as pause } from 'node:timers/promises';
import type { RunHappening } from '../../nodes/events';
import type { FromAgent, ToAgent } from '../queue/agent-messages';
import { renewEveryMs } from '../queue/agent-messages';
import type { Computer, StartComputer } from './agent-executor';
import type { DeviceReport, FromExecutor, RunOrder } from './protocol';

/** How long a cancelled run may take to notice before its process is killed. */
const graceMs = 800;
/** Happenings are sent together when they come faster than this. */
const gatherMs = 25;
/** A fresh executor that dies sooner than this counts as one more failure in a row. */
const healthyMs = 5000;

interface Attempt {
  order: RunOrder;
  /** The executor that is alive now has been given the order. */
  isGiven: boolean;
  isCancelling: boolean;
  timer?: NodeJS.Timeout;
  /** What is to be told of it, together, in a moment. */
  gathered: RunHappening[];
}

type Numbered = Extract<FromAgent, { n: number }>;
type Unnumbered = Numbered extends infer M ? (M extends Numbered ? Omit<M, 'n'> : never) : never;

/**
 * Holds the lease of a run, or of cells of one sweep, and never computes: its event loop is always free to renew, to relay what the executor says, and to
 * kill it. Knows nothing that a restart would miss; what has not been acknowledged is told again.
 */
export class Agent {
  #executor: Computer | null = null;
  #isReady = false;
  #device: DeviceReport | undefined;
  /** By token. */
  #attempts = new Map<string, Attempt>();
  /** The executor's end is our own doing: whoever else it was busy with is given to the next one. */
  #isOurKill = false;
  #gathering: NodeJS.Timeout | undefined;
  #outbox: Numbered[] = [];
  #count = 0;
  #deaths = 0;
  #isStopping = false;
  #send: ((message: FromAgent) => void) | null = null;
  #renewing: NodeJS.Timeout;

  constructor(
    private readonly start: StartComputer,
    private readonly identity: { secret: string; worker: string; pid: number },
  ) {
    this.#renewing = setInterval(() => {
      for (const token of this.#attempts.keys()) this.#send?.({ type: 'alive', token });
    }, renewEveryMs);
    this.#spawn();
  }

  /** The line to the web process is up: says who it is, and what was not acknowledged before the line went down. */
  connected(send: (message: FromAgent) => void): void {
    this.#send = send;
    const tokens = [...new Set([...this.#outbox.map(({ token }) => token), ...this.#attempts.keys()])];
    const device = this.#device ? { device: this.#device } : {};
    send({ type: 'hello', ...this.identity, ...device, tokens });
    for (const message of this.#outbox) send(message);
  }

  disconnected(): void {
    this.#send = null;
  }

  hear(message: ToAgent): void {
    switch (message.type) {
      case 'run': {
        const attempt: Attempt = { order: message.order, isGiven: false, isCancelling: false, gathered: [] };
        this.#attempts.set(message.order.token, attempt);
        this.#give(attempt);
        break;
      }
      case 'cancel':
        for (const attempt of this.#attempts.values()) if (attempt.order.run === message.run) this.#cancel(attempt);
        break;
      case 'stop': {
        this.#outbox = this.#outbox.filter(({ token }) => token !== message.token);
        const attempt = this.#attempts.get(message.token);
        if (!attempt) break;
        this.#forget(attempt);
        this.#kill();
        break;
      }
      case 'ack':
        this.#outbox = this.#outbox.filter(({ n }) => n > message.upTo);
    }
  }

  /** Lets the executor put its checkpoint down, then ends it. Resolves when it has gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#renewing);
    this.#executor?.send({ type: 'shutdown' });
    for (let waited = 0; this.#executor && waited < 2000; waited += 20) await pause(20);
    this.#executor?.kill();
    if (!this.#attempts.size) return;
    this.#flush();
    for (const token of this.#attempts.keys()) this.#tell({ type: 'released', token });
    for (let waited = 0; this.#outbox.length && this.#send && waited < 500; waited += 20) await pause(20);
  }

  #spawn(): void {
    const begun = Date.now();
    this.#isReady = false;
    this.#isOurKill = false;
    this.#executor = this.start({
      onMessage: (message) => this.#hearExecutor(message),
      onExit: (how) => {
        this.#executor = null;
        this.#isReady = false;
        this.#deaths = Date.now() - begun > healthyMs ? 1 : this.#deaths + 1;
        this.#bury(how);
        if (this.#isStopping) return;
        // A cancelled run's kill is no fault: the next one is wanted at once. A crash loop slows down.
        const ms = this.#deaths <= 1 ? 0 : Math.min(10_000, 250 * 2 ** this.#deaths);
        setTimeout(() => this.#isStopping || this.#spawn(), ms);
      },
    });
  }

  #hearExecutor(message: FromExecutor): void {
    if (message.type === 'ready') {
      this.#isReady = true;
      this.#device = message.device;
      this.#send?.({ type: 'device', device: message.device });
      for (const attempt of this.#attempts.values()) this.#give(attempt);
      return;
    }
    if (message.type === 'broken') {
      console.error(`executor: ${message.says}`);
      return;
    }
    const attempt = this.#attempts.get(message.token);
    if (!attempt) {
      // Of one that is no longer ours.
    } else if (message.type === 'event') {
      // That it waits and begins was stored when it was handed over.
      const isKnown = message.event.type === 'run.queued' || message.event.type === 'run.started';
      // When we stop, the executor lays its run down; nobody has asked to cancel it.
      const isOurDoing = this.#isStopping && !attempt.isCancelling && message.event.type === 'run.cancelled';
      if (!isKnown && !isOurDoing) this.#gather(attempt, message.event);
    } else if (message.type === 'refused') {
      // It is still cleaning up after the last one.
      attempt.timer ??= setTimeout(() => {
        attempt.timer = undefined;
        if (this.#attempts.get(attempt.order.token) === attempt) this.#give(attempt);
      }, 50);
    } else if (!this.#isStopping || message.outcome !== 'cancelled') {
      this.#deaths = 0;
      this.#flush();
      this.#forget(attempt);
    }
  }

  #give(attempt: Attempt): void {
    if (!this.#isReady) return;
    attempt.isGiven = true;
    this.#executor?.send({ type: 'start', order: attempt.order });
  }

  /** What is said to it from now on waits for the next one. */
  #kill(): void {
    this.#isReady = false;
    this.#isOurKill = true;
    this.#executor?.kill();
  }

  #cancel(attempt: Attempt): void {
    if (attempt.isCancelling) return;
    attempt.isCancelling = true;
    this.#executor?.send({ type: 'cancel', run: attempt.order.run });
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => this.#kill(), graceMs);
    // Nothing to ask: it is between two lives, and will not be given the order again.
    if (!attempt.isGiven) this.#end(attempt, '');
  }

  /** The executor is gone: whatever it was busy with ends here, or goes to the next one. */
  #bury(how: string): void {
    // While stopping nothing is told: the checkpoint is on disk, and the run goes on after the restart.
    if (this.#isStopping) return;
    for (const attempt of this.#attempts.values()) {
      // It has come while the last executor was dying, or was killed for another's sake: the next one gets it.
      if ((!attempt.isGiven || this.#isOurKill) && !attempt.isCancelling) attempt.isGiven = false;
      else this.#end(attempt, how);
    }
  }

  #end(attempt: Attempt, how: string): void {
    const { isCancelling, order } = attempt;
    if (isCancelling) attempt.gathered.push({ type: 'run.cancelled' });
    this.#flush();
    this.#forget(attempt);
    if (!isCancelling) this.#tell({ type: 'lost', token: order.token, says: `the process ${how}.` });
  }

  #forget(attempt: Attempt): void {
    clearTimeout(attempt.timer);
    this.#attempts.delete(attempt.order.token);
  }

  #gather({ gathered }: Attempt, happening: RunHappening): void {
    const last = gathered.at(-1);
    const isNewer =
      happening.type === 'node.progress' && last?.type === 'node.progress' && last.node === happening.node;
    if (isNewer) gathered.pop();
    // A preview comes with every few steps only: a step without one must not take it away.
    const keeps = isNewer && happening.preview === undefined && last.preview !== undefined;
    gathered.push(keeps ? { ...happening, preview: last.preview } : happening);
    this.#gathering ??= setTimeout(() => this.#flush(), gatherMs);
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const [token, { gathered }] of this.#attempts)
      if (gathered.length) this.#tell({ type: 'happened', token, happenings: gathered.splice(0) });
  }

  #tell(message: Unnumbered): void {
    this.#count += 1;
    const numbered = { ...message, n: this.#count };
    const isProgress = message.type === 'happened' && message.happenings.every(({ type }) => type === 'node.progress');
    // Progress is only worth telling now.
    if (!isProgress) this.#outbox.push(numbered);
    this.#send?.(numbered);
  }
}
