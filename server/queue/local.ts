import { readGraph } from '../../nodes/graph';
import { claimRun, giveBack, recordHappenings, release, renewLease } from '../store/attempts';
import type { Db } from '../store/database';
import { type FromAgent, leaseMs } from './agent-messages';
import type { Door } from './door-note';
import type { Queue } from './queue';
import type { RunFeed } from './run-feed';
import { type Caller, openWorkerDoor } from './worker-door';

/** How often runs whose pause is over, and leases that ran out, are looked for. */
const tickMs = 1000;

/**
 * Hands runs to one worker on this machine, first in first out within a priority. Waiting runs are rows; this object
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
      onHello: (caller, token) => queue.#welcome(caller, token),
      onMessage: (caller, message) => queue.#hear(caller, message),
      onGone: (caller) => queue.#lose(caller),
      onError: about.report,
    });
    queue.#closeDoor = () => door.close();
    return queue;
  }

  #closeDoor: () => Promise<void> = async () => {};

  async enqueue(): Promise<void> {
    this.#take();
  }

  async cancel(runId: string): Promise<void> {
    const caller = [...this.#callers].find((one) => one.holds?.run === runId);
    if (caller) caller.send({ type: 'cancel', run: runId });
  }

  workers() {
    return [...this.#callers].map(({ id, pid, device, holds }) => ({
      id,
      pid,
      ...(device ? { device } : {}),
      ...(holds ? { run: holds.run } : {}),
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
          const caller = [...this.#callers].find((one) => !one.holds && one.device);
          if (!caller || !(await this.#handOver(caller))) return;
        }
      })
      .catch(this.report);
  }

  async #handOver(caller: Caller): Promise<boolean> {
    const run = await claimRun(this.db, { worker: caller.id, leaseUntil: new Date(Date.now() + leaseMs) });
    if (!run) return false;
    this.feed.publish(run.ownerId, run.events);
    const { graph, problem } = readGraph(run.document);
    if (!graph) {
      await this.#record(run, [{ type: 'run.failed', says: problem }]);
      return true;
    }
    caller.holds = { run: run.id, token: run.token, ownerId: run.ownerId };
    // Gone while the row was written: its farewell found nothing to give back.
    if (!this.#callers.has(caller)) await this.#giveBack(run.token, 'the worker went away.', run.ownerId);
    else caller.send({ type: 'run', order: { run: run.id, token: run.token, attempt: run.attempt, graph } });
    return true;
  }

  async #welcome(caller: Caller, token?: string): Promise<void> {
    const held = token ? await this.db.run.findFirst({ where: { token, state: 'running' } }) : null;
    if (token && !held) caller.send({ type: 'stop', token });
    if (token && held) {
      caller.holds = { run: held.id, token, ownerId: held.ownerId };
      // It could not be renewed while we were away, however long that was; the next look for silent workers is near.
      await renewLease(this.db, token, new Date(Date.now() + leaseMs));
    }
    this.#callers.add(caller);
    if (held?.cancelRequested) caller.send({ type: 'cancel', run: held.id });
    // There is one worker at a time. What another was busy with before this one came, nobody works on now.
    const holding = new Set([...this.#callers].flatMap((one) => one.holds?.token ?? []));
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
    if (caller.holds) await this.#giveBack(caller.holds.token, 'the worker process ended.', caller.holds.ownerId);
  }

  async #hear(caller: Caller, message: Exclude<FromAgent, { type: 'hello' }>): Promise<void> {
    if (message.type === 'device') {
      caller.device = message.device;
      return this.#take();
    }
    const { holds } = caller;
    if (!holds || holds.token !== message.token) {
      caller.send({ type: 'stop', token: message.token });
    } else if (message.type === 'alive') {
      const isMine = await renewLease(this.db, message.token, new Date(Date.now() + leaseMs));
      if (!isMine) this.#dismiss(caller);
    } else if (message.type === 'lost') {
      await this.#giveBack(message.token, message.says, holds.ownerId);
      caller.holds = undefined;
    } else if (message.type === 'released') {
      // It is going: nothing more for it.
      this.#callers.delete(caller);
      this.feed.publish(holds.ownerId, await release(this.db, message.token));
      caller.holds = undefined;
    } else {
      const isMine = await this.#record({ ...holds }, message.happenings);
      const isOver = message.happenings.some(({ type }) => /^run\.(done|failed|cancelled)$/.test(type));
      if (!isMine) this.#dismiss(caller);
      else if (isOver) caller.holds = undefined;
    }
    if ('n' in message) caller.send({ type: 'ack', upTo: message.n });
    if (!caller.holds) this.#take();
  }

  #dismiss(caller: Caller): void {
    if (caller.holds) caller.send({ type: 'stop', token: caller.holds.token });
    caller.holds = undefined;
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
      for (const caller of this.#callers) if (caller.holds?.token === token) this.#dismiss(caller);
      await this.#giveBack(token, 'the worker fell silent.', ownerId);
    }
    this.#take();
  }
}
