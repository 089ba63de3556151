import { readGraph } from '../../nodes/graph';
import { claimRun, giveBack, recordHappenings, release, renewLease } from '../store/attempts';
import { type Db, isPassing } from '../store/database';
import { type FromAgent, leaseMs } from './agent-messages';
import type { Door } from './door-note';
import type { Queue } from './queue';
import type { RunFeed } from './run-feed';
import { type Caller, type Held, openWorkerDoor } from './worker-door';

/** How often runs whose pause is over, and leases that ran out, are looked for. */
const tickMs = 1000;

/**
 * Hands runs to one worker on this machine, in the order of the line that people can change. Waiting runs are rows; this object
 * knows nothing that a restart would miss.
 */
export class LocalQueue implements Queue {
  #callers = new Set<Caller>();
  #taking: Promise<void> = Promise.resolve();
  #closed = false;
  #timer: NodeJS.Timeout;

  private constructor(
    private readonly db: Db,
    private readonly feed: RunFeed,
    private readonly report: (error: unknown) => void,
  ) {
    this.#timer = setInterval(() => this.#tick().catch(report), tickMs);
    this.#timer.unref();
  }

  static async open(about: {
    db: Db;
    feed: RunFeed;
    /** Where the worker connects, the secret it shows, and the note about both; without a door runs wait. */
    door?: Door & { note?: string };
    /** Told of everything that should not happen. */
    report(error: unknown): void;
  }): Promise<LocalQueue> {
    const queue = new LocalQueue(about.db, about.feed, about.report);
    if (!about.door) return queue;
    const door = await openWorkerDoor(about.door, {
      onHello: (caller, tokens) => queue.#welcome(caller, tokens),
      onMessage: (caller, message) => queue.#hear(caller, message),
      onGone: (caller) => queue.#lose(caller),
      onError: about.report,
      isPassing,
    });
    queue.#closeDoor = () => door.close();
    return queue;
  }

  #closeDoor: () => Promise<void> = async () => {};

  async enqueue(): Promise<void> {
    this.#take();
  }

  async resume(): Promise<void> {
    this.#take();
  }

  async cancel(runId: string): Promise<void> {
    const caller = [...this.#callers].find(({ holds }) => [...holds.values()].some(({ run }) => run === runId));
    if (caller) caller.send({ type: 'cancel', run: runId });
  }

  workers() {
    return [...this.#callers].map(({ id, pid, device, holds }) => ({
      id,
      pid,
      ...(device ? { device } : {}),
      ...runOf(holds),
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#taking;
    await this.#closeDoor();
  }

  /** Gives the next run to a worker that is free, again and again, until there is no run or no worker. */
  #take(): void {
    this.#taking = this.#taking
      .then(async () => {
        while (!this.#closed) {
          const idle = [...this.#callers].find(({ holds, device }) => device && !holds.size);
          if (idle && (await this.#handOver(idle))) continue;
          const busy = [...this.#callers].find((caller) => besideOf(caller) !== undefined);
          if (!busy || !(await this.#handOver(busy, besideOf(busy)))) return;
        }
      })
      .catch(this.report);
  }

  async #handOver(caller: Caller, beside?: string): Promise<boolean> {
    const leaseUntil = new Date(Date.now() + leaseMs);
    const run = await claimRun(this.db, { worker: caller.id, leaseUntil, ...(beside === undefined ? {} : { beside }) });
    if (!run) return false;
    this.feed.publish(run.ownerId, run.events);
    const { graph, problem } = readGraph(run.document);
    if (!graph) {
      await this.#record(run, [{ type: 'run.failed', says: problem }]);
      return true;
    }
    const { id, token, ownerId, attempt, fresh, sweepId: sweep } = run;
    caller.holds.set(token, { run: id, token, ownerId, attempt, sweep });
    // Gone while the row was written: its farewell found nothing to give back.
    if (!this.#callers.has(caller)) await this.#giveBack(token, 'the worker went away.', ownerId);
    else
      caller.send({
        type: 'run',
        order: { run: id, token, attempt, graph, ...(fresh && { fresh }), ...(sweep && { sweep }) },
      });
    return true;
  }

  async #welcome(caller: Caller, tokens: readonly string[]): Promise<void> {
    for (const token of tokens) {
      const held = await this.db.run.findFirst({ where: { token, state: 'running' } });
      if (!held) {
        caller.send({ type: 'stop', token });
        continue;
      }
      const { id: run, ownerId, attempt, sweepId: sweep } = held;
      caller.holds.set(token, { run, token, ownerId, attempt, sweep });
      // It could not be renewed while we were away, however long that was; the next look for silent workers is near.
      await renewLease(this.db, token, new Date(Date.now() + leaseMs));
      if (held.cancelRequested) caller.send({ type: 'cancel', run });
    }
    this.#callers.add(caller);
    // There is one worker at a time. What another was busy with before this one came, nobody works on now.
    const holding = new Set([...this.#callers].flatMap(({ holds }) => [...holds.keys()]));
    const orphans = await this.db.run.findMany({ where: { state: 'running' }, select: { token: true, ownerId: true } });
    for (const orphan of orphans)
      if (orphan.token && !holding.has(orphan.token))
        await this.#giveBack(orphan.token, 'the worker was stopped.', orphan.ownerId);
    this.#take();
  }

  async #lose(caller: Caller): Promise<void> {
    this.#callers.delete(caller);
    // It is we who go: the worker goes on, and will tell the next web process.
    if (this.#closed) return;
    for (const { token, ownerId } of caller.holds.values())
      await this.#giveBack(token, 'the worker process ended.', ownerId);
  }

  async #hear(caller: Caller, message: Exclude<FromAgent, { type: 'hello' }>): Promise<void> {
    if (message.type === 'device') {
      caller.device = message.device;
      return this.#take();
    }
    const { token } = message;
    const held = caller.holds.get(token);
    if (!held) {
      caller.send({ type: 'stop', token });
    } else if (message.type === 'alive') {
      const isMine = await renewLease(this.db, token, new Date(Date.now() + leaseMs));
      if (!isMine) this.#dismiss(caller, token);
    } else if (message.type === 'lost') {
      await this.#giveBack(token, message.says, held.ownerId);
      caller.holds.delete(token);
    } else if (message.type === 'released') {
      // It is going: nothing more for it.
      this.#callers.delete(caller);
      this.feed.publish(held.ownerId, await release(this.db, token));
      caller.holds.delete(token);
    } else {
      const isMine = await this.#record(held, message.happenings);
      const isOver = message.happenings.some(({ type }) => /^run\.(done|failed|cancelled)$/.test(type));
      if (!isMine) this.#dismiss(caller, token);
      else if (isOver) caller.holds.delete(token);
    }
    if ('n' in message) caller.send({ type: 'ack', upTo: message.n });
    if (!caller.holds.size || besideOf(caller) !== undefined) this.#take();
  }

  #dismiss(caller: Caller, token: string): void {
    if (caller.holds.delete(token)) caller.send({ type: 'stop', token });
  }

  /** Stores what changed, then tells everybody, progress in its place between the changes. */
  async #record(
    attempt: { run?: string; id?: string; token: string; ownerId: string },
    happenings: Extract<FromAgent, { type: 'happened' }>['happenings'],
  ): Promise<boolean> {
    const changes = happenings.filter(({ type }) => type !== 'node.progress');
    const stored = changes.length ? await recordHappenings(this.db, attempt.token, changes) : [];
    if (!stored) return false;
    const run = attempt.run ?? attempt.id ?? '';
    let next = 0;
    const events = happenings.map((happening) =>
      happening.type === 'node.progress'
        ? { ...happening, run, seq: stored[next - 1]?.seq ?? 0, at: Date.now() }
        : // One row for each change, in their order.
          stored[next++]!,
    );
    this.feed.publish(attempt.ownerId, events);
    return true;
  }

  async #giveBack(token: string, says: string, ownerId: string): Promise<void> {
    this.feed.publish(ownerId, await giveBack(this.db, { token }, says));
  }

  async #tick(): Promise<void> {
    const expired = await this.db.run.findMany({
      where: { state: 'running', leaseUntil: { lt: new Date() } },
      select: { token: true, ownerId: true },
    });
    for (const { token, ownerId } of expired) {
      if (!token) continue;
      // The clock was set, or the database does not let its words in: it is at work all the same.
      if ([...this.#callers].some((caller) => caller.holds.has(token) && isThere(caller))) continue;
      for (const caller of this.#callers) this.#dismiss(caller, token);
      await this.#giveBack(token, 'the worker fell silent.', ownerId);
    }
    this.#take();
  }
}

const runOf = (holds: ReadonlyMap<string, Held>): { run?: string } => {
  const [first] = holds.values();
  return first ? { run: first.run } : {};
};

const isThere = ({ heard, waiting }: Caller): boolean => waiting > 0 || performance.now() - heard < leaseMs;

/**
 * The sweep a worker may be given another cell of: it has one cell that has never failed. The device then goes from cell
 * to cell without waiting for a film to be written.
 */
function besideOf({ holds, device }: Caller): string | undefined {
  const [only, ...more] = holds.values();
  return device && only && !more.length && only.attempt === 1 ? (only.sweep ?? undefined) : undefined;
}
