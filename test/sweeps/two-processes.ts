import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Sweep } from '../../nodes/sweep';
import { toRun } from '../../server/programs';
import type { SweepCell } from '../../server/store/sweep-cells';
import type { StoredSweep } from '../../server/store/sweeps';
import { clip, modelFolders, newFolder, root } from '../engine/real-executor';
import { until } from '../queue/stage';

/** A web process and a worker with its executor, as real as `npm start` makes them, either of which can be killed. */
export class TwoProcesses {
  readonly home = newFolder();
  readonly #door = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'skein-door-')), 'door');
  readonly #secret = randomUUID();
  #web!: ChildProcess;
  #worker!: ChildProcess;
  #calls = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #count = 0;

  async open(): Promise<this> {
    await this.startWeb();
    this.startWorker();
    return this;
  }

  async startWeb(): Promise<void> {
    this.#web = this.#fork(path.join(root, 'test/sweeps/web-process.ts'), [], ['--import', 'tsx']);
    const ready = new Promise((resolve, reject) => this.#calls.set(0, { resolve, reject }));
    this.#web.on('message', ({ id, answer, error }: { id: number; answer: unknown; error?: string }) => {
      const call = this.#calls.get(id);
      if (error === undefined) call?.resolve(answer);
      else call?.reject(new Error(error));
    });
    await ready;
  }

  startWorker(): void {
    const [script, file] = toRun('server/worker/main.ts');
    this.#worker = this.#fork(script, [file]);
  }

  #fork(script: string, args: string[], execArgv: string[] = []): ChildProcess {
    const env = { SKEIN_HOME: this.home, SKEIN_MODELS: modelFolders.join(path.delimiter), SKEIN_DEVICE: 'cpu' };
    return fork(script, args, {
      execArgv,
      cwd: root,
      serialization: 'advanced',
      env: { ...process.env, ...env, SKEIN_DOOR: this.#door, SKEIN_DOOR_SECRET: this.#secret },
    });
  }

  async kill(which: 'web' | 'worker'): Promise<void> {
    const child = which === 'web' ? this.#web : this.#worker;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  call<T>(name: string, input?: unknown): Promise<T> {
    const id = ++this.#count;
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#web.send({ id, name, input });
    });
  }

  async start(sweep: Sweep, graph = clip()): Promise<string> {
    return (await this.call<{ sweepId: string }>('sweeps.start', { graph, sweep })).sweepId;
  }

  cells = async (sweepId: string): Promise<SweepCell[]> =>
    (await this.call<StoredSweep>('sweeps.get', { sweepId })).cells;

  /** Waits until so many cells have ended; answers with them. */
  async ended(sweepId: string, count: number, ms = 120_000): Promise<SweepCell[]> {
    const over = async () => (await this.cells(sweepId)).filter(({ state }) => !['queued', 'running'].includes(state));
    await until(async () => (await over()).length >= count, ms);
    return over();
  }

  /** Which node began, how often, over all runs. */
  async begun(): Promise<{ run: string; type: string; node?: string }[]> {
    const rows = await this.call<{ runId: string; body: string }[]>('events');
    return rows.map(({ runId, body }) => ({ run: runId, ...(JSON.parse(body) as { type: string; node?: string }) }));
  }

  async close(): Promise<void> {
    await Promise.all([this.kill('worker'), this.kill('web')]);
    fs.rmSync(path.dirname(this.#door), { recursive: true, force: true });
  }
}

/** The film of each cell, by its hash. */
export const films = (cells: readonly SweepCell[]) =>
  Object.fromEntries(cells.map(({ cell, assets }) => [cell, assets[0]?.sha256]));
