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
}

type Numbered = Extract<FromAgent, { n: number }>;
type Unnumbered = Numbered extends infer M ? (M extends Numbered ? Omit<M, 'n'> : never) : never;

/**
 * Holds a run's lease and never computes: its event loop is always free to renew, to relay what the executor says, and to
 * kill it. Knows nothing that a restart would miss; what has not been acknowledged is told again.
 */
export class Agent {
  #executor: Computer | null = null;
  #isReady = false;
  #device: DeviceReport | undefined;
  #attempt: Attempt | null = null;
  #gathered: RunHappening[] = [];
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
      const token = this.#attempt?.order.token;
      if (token) this.#send?.({ type: 'alive', token });
    }, renewEveryMs);
    this.#spawn();
  }

  /** The line to the web process is up: says who it is, and what was not acknowledged before the line went down. */
  connected(send: (message: FromAgent) => void): void {
    this.#send = send;
    const token = this.#outbox[0]?.token ?? this.#attempt?.order.token;
    const device = this.#device ? { device: this.#device } : {};
    send({ type: 'hello', ...this.identity, ...device, ...(token ? { token } : {}) });
    for (const message of this.#outbox) send(message);
  }

  disconnected(): void {
    this.#send = null;
  }

  hear(message: ToAgent): void {
    switch (message.type) {
      case 'run':
        this.#attempt = { order: message.order, isGiven: false, isCancelling: false };
        this.#give(this.#attempt);
        break;
      case 'cancel':
        if (this.#attempt?.order.run === message.run) this.#cancel(this.#attempt);
        break;
      case 'stop':
        this.#outbox = this.#outbox.filter(({ token }) => token !== message.token);
        if (this.#attempt?.order.token === message.token) {
          this.#forget();
          this.#kill();
        }
        break;
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
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#flush();
    this.#tell({ type: 'released', token: attempt.order.token });
    for (let waited = 0; this.#outbox.length && this.#send && waited < 500; waited += 20) await pause(20);
  }

  #spawn(): void {
    const begun = Date.now();
    this.#isReady = false;
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
    const attempt = this.#attempt;
    if (message.type === 'ready') {
      this.#isReady = true;
      this.#device = message.device;
      this.#send?.({ type: 'device', device: message.device });
      if (attempt) this.#give(attempt);
    } else if (message.type === 'broken') {
      console.error(`executor: ${message.says}`);
    } else if (!attempt || message.token !== attempt.order.token) {
      // Of an attempt that is no longer ours.
    } else if (message.type === 'event') {
      // That it waits and begins was stored when it was handed over.
      const isKnown = message.event.type === 'run.queued' || message.event.type === 'run.started';
      // When we stop, the executor lays its run down; nobody has asked to cancel it.
      const isOurDoing = this.#isStopping && !attempt.isCancelling && message.event.type === 'run.cancelled';
      if (!isKnown && !isOurDoing) this.#gather(message.event);
    } else if (message.type === 'refused') {
      // It is still cleaning up after the last one.
      attempt.timer ??= setTimeout(() => {
        attempt.timer = undefined;
        if (this.#attempt === attempt) this.#give(attempt);
      }, 50);
    } else if (!this.#isStopping || message.outcome !== 'cancelled') {
      this.#deaths = 0;
      this.#flush();
      this.#forget();
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
    this.#executor?.kill();
  }

  #cancel(attempt: Attempt): void {
    if (attempt.isCancelling) return;
    attempt.isCancelling = true;
    this.#executor?.send({ type: 'cancel', run: attempt.order.run });
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => this.#kill(), graceMs);
    // Nothing to ask: it is between two lives, and will not be given the order again.
    if (!attempt.isGiven) this.#bury('');
  }

  /** The executor is gone: whatever it held ends here. */
  #bury(how: string): void {
    const attempt = this.#attempt;
    // While stopping nothing is told: the checkpoint is on disk, and the run goes on after the restart.
    if (!attempt || this.#isStopping) return;
    // It has come while the last executor was dying: the next one gets it.
    if (!attempt.isGiven && !attempt.isCancelling) return;
    if (attempt.isCancelling) this.#gathered.push({ type: 'run.cancelled' });
    this.#flush();
    this.#forget();
    if (!attempt.isCancelling) this.#tell({ type: 'lost', token: attempt.order.token, says: `the process ${how}.` });
  }

  #forget(): void {
    clearTimeout(this.#attempt?.timer);
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#gathered = [];
    this.#attempt = null;
  }

  #gather(happening: RunHappening): void {
    const last = this.#gathered.at(-1);
    const isNewer =
      happening.type === 'node.progress' && last?.type === 'node.progress' && last.node === happening.node;
    if (isNewer) this.#gathered.pop();
    // A preview comes with every few steps only: a step without one must not take it away.
    const keeps = isNewer && happening.preview === undefined && last.preview !== undefined;
    this.#gathered.push(keeps ? { ...happening, preview: last.preview } : happening);
    this.#gathering ??= setTimeout(() => this.#flush(), gatherMs);
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const token = this.#attempt?.order.token;
    if (!token || !this.#gathered.length) return;
    this.#tell({ type: 'happened', token, happenings: this.#gathered.splice(0) });
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
