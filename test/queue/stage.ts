import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { RunEvent } from '../../nodes/events';
import { emptyGraph, type Graph } from '../../nodes/graph';
import type { ToAgent } from '../../server/queue/agent-messages';
import { doorNote } from '../../server/queue/door-note';
import { onLines, sendLine } from '../../server/queue/json-lines';
import { LocalQueue } from '../../server/queue/local';
import { RunFeed } from '../../server/queue/run-feed';
import { enqueueRun, requestCancel } from '../../server/store/attempts';
import { type Db, localViewer } from '../../server/store/database';
import { getRun } from '../../server/store/runs';
import { Agent } from '../../server/worker/agent';
import type { Computer, ComputerEvents } from '../../server/worker/agent-executor';
import type { RunOrder, ToExecutor } from '../../server/worker/protocol';

export const device = { provider: 'cpu', key: 'cpu/fp32', says: 'Computing on cpu.' };

/** A life of an executor that the test plays: it says what the test makes it say, and dies when it is killed. */
export class PlayedComputer implements Computer {
  heard: ToExecutor[] = [];
  isDead = false;
  constructor(
    readonly events: ComputerEvents,
    private readonly play: (computer: PlayedComputer, message: ToExecutor) => void,
  ) {
    setImmediate(() => this.isDead || events.onMessage({ type: 'ready', pid: 1, device }));
  }
  send(message: ToExecutor): void {
    if (this.isDead) return;
    this.heard.push(message);
    setImmediate(() => this.isDead || this.play(this, message));
  }
  kill(): void {
    this.die('was killed');
  }
  die(how: string): void {
    if (this.isDead) return;
    this.isDead = true;
    setImmediate(() => this.events.onExit(how));
  }
  /** Tells the end of a run as the real one does: its last event, then that it has finished. */
  end(order: RunOrder, type: 'done' | 'cancelled'): void {
    const { run, token } = order;
    const event =
      type === 'done'
        ? ({ type: 'run.done', seconds: 0.1, ran: 1, reused: 0 } as const)
        : ({ type: 'run.cancelled' } as const);
    this.events.onMessage({ type: 'event', run, token, event });
    this.events.onMessage({ type: 'finished', run, token, outcome: type });
  }
}

/** Queue, feed and door over a database, as the web process has them, and agents that connect to it. */
export class Stage {
  readonly feed = new RunFeed();
  readonly events: RunEvent[] = [];
  readonly errors: unknown[] = [];
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-queue-'));
  readonly door = { address: path.join(this.folder, 'door'), secret: 'test secret', note: doorNote(this.folder) };
  queue!: LocalQueue;
  #ended = new AbortController();
  #closers: (() => void)[] = [];

  constructor(readonly db: Db) {}

  async open(): Promise<this> {
    const { db, feed, door } = this;
    this.queue = await LocalQueue.open({ db, feed, door, report: (error) => this.errors.push(error) });
    void this.#listen();
    return this;
  }

  /** The web process ends and another takes its place. */
  async restartQueue(): Promise<void> {
    await this.queue.close();
    const { db, feed, door } = this;
    this.queue = await LocalQueue.open({ db, feed, door, report: (error) => this.errors.push(error) });
  }

  async #listen(): Promise<void> {
    for await (const event of this.feed.listen(localViewer, this.#ended.signal)) this.events.push(event);
  }

  /** A worker that begins each run it is given, and ends it when `finish` is called. */
  holding() {
    let finish = () => {};
    const worker = this.worker((computer, message) => {
      if (message.type !== 'start') return;
      begin(computer, message);
      finish = () => computer.end(message.order, 'done');
    });
    return { ...worker, finish: () => finish() };
  }

  /** A worker process: an agent with a line that comes back when it breaks. `vanish` is kill -9, `fallSilent` is a process that hangs. */
  worker(play: (computer: PlayedComputer, message: ToExecutor) => void, secret = this.door.secret) {
    const lives: PlayedComputer[] = [];
    const start = (events: ComputerEvents) => {
      const life = new PlayedComputer(events, play);
      lives.push(life);
      return life;
    };
    const agent = new Agent(start, { secret, worker: `w${Math.random()}`, pid: 1 });
    let isGone = false;
    let isSilent = false;
    let socket: net.Socket;
    const connect = () => {
      socket = net.connect(this.door.address);
      socket.on('connect', () => agent.connected((message) => void (isSilent || sendLine(socket, message))));
      onLines(socket, (message) => agent.hear(message as ToAgent)); // only the queue writes here
      socket.on('error', () => {});
      socket.on('close', () => {
        agent.disconnected();
        if (!isGone) setTimeout(connect, 20);
      });
    };
    connect();
    const vanish = () => {
      isGone = true;
      socket.destroy();
      for (const life of lives) life.isDead = true;
      void agent.stop();
    };
    this.#closers.push(vanish);
    const fallSilent = () => {
      isSilent = true;
    };
    return { agent, lives, vanish, fallSilent };
  }

  async enqueue(name = 'run', priority = 0): Promise<string> {
    return this.enqueueGraph(emptyGraph(name), priority);
  }

  async enqueueGraph(graph: Graph, priority = 0): Promise<string> {
    const run = { name: graph.name, document: JSON.stringify(graph), priority };
    const { id, events } = await enqueueRun(this.db, localViewer, run);
    this.feed.publish(localViewer.ownerId, events);
    await this.queue.enqueue();
    return id;
  }

  async cancel(id: string): Promise<void> {
    const cancelled = await requestCancel(this.db, localViewer, id);
    if (cancelled?.was === 'waiting') this.feed.publish(localViewer.ownerId, cancelled.events);
    if (cancelled?.was === 'asked') await this.queue.cancel(id);
  }

  types(run: string): string[] {
    return this.events.filter((event) => event.run === run).map(({ type }) => type);
  }

  async state(id: string) {
    return (await getRun(this.db, localViewer, id))?.run;
  }

  /** Waits until the run has ended, and says how. */
  async ended(id: string): Promise<string> {
    await until(() => this.types(id).some((type) => /^run\.(done|failed|cancelled)$/.test(type)));
    return (await this.state(id))?.state ?? 'gone';
  }

  async close(): Promise<void> {
    for (const close of this.#closers) close();
    await this.queue.close();
    this.#ended.abort();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function until(holds: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    const asked = performance.now();
    if (await holds()) return;
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain for: ${holds}`);
    // Four times as long as the answer took: asking must not be what keeps the machine from getting there.
    const pause = Math.min(250, Math.max(5, 4 * (performance.now() - asked)));
    await new Promise((go) => setTimeout(go, pause));
  }
}

/** Begins a node and goes on until it is cancelled. */
export const lasts = (computer: PlayedComputer, message: ToExecutor) => {
  if (message.type === 'start') begin(computer, message);
  else if (message.type === 'cancel') {
    const started = computer.heard.findLast((one) => one.type === 'start');
    if (started?.type === 'start') computer.end(started.order, 'cancelled');
  }
};
/** Begins a node and hears nothing any more: an executor inside a long session. */
export const deaf = (computer: PlayedComputer, message: ToExecutor) => {
  if (message.type === 'start') begin(computer, message);
};
export function begin(computer: PlayedComputer, { order: { run, token } }: Extract<ToExecutor, { type: 'start' }>) {
  computer.events.onMessage({ type: 'event', run, token, event: { type: 'node.started', node: 'denoiser' } });
}
