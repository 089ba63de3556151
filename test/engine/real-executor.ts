import fs from 'node:fs';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { type Graph, readGraph } from '../../nodes/graph';
import { type ExecutorProcess, spawnExecutor } from '../../server/worker/executor-process';
import type { FromExecutor, RunOutcome } from '../../server/worker/protocol';

/** Real executors, each a process of its own, with the real nodes and the tiny checkpoints of test/parity. */
export const root = path.resolve(import.meta.dirname, '../..');
export const modelFolders = [path.join(root, 'test/parity')];
const folders: string[] = [];
/** A data folder that is removed after the tests. */
export const newFolder = () => {
  fs.mkdirSync(path.join(root, '.skein'), { recursive: true });
  const folder = fs.mkdtempSync(path.join(root, '.skein', 'test-executor-'));
  folders.push(folder);
  return folder;
};

/** The gallery's own graph, on a tiny checkpoint with random weights. */
export function clip(changes: Record<string, Record<string, unknown>> = {}): Graph {
  const { graph } = readGraph(fs.readFileSync(path.join(root, 'graphs/text-to-video.json'), 'utf8'));
  const params: Record<string, Record<string, unknown>> = {
    model: { model: 'wan21-t2v' },
    noise: { width: 48, height: 32, frames: 9 },
    denoiser: { steps: 8 },
    ...changes,
  };
  return {
    ...graph!,
    nodes: graph!.nodes.map((node) => ({ ...node, params: { ...node.params, ...params[node.id] } })),
  };
}

export interface Watched {
  outcome?: RunOutcome;
  events: RunHappening[];
  ran: string[];
}

export class Executor {
  readonly process: ExecutorProcess;
  readonly messages: FromExecutor[] = [];
  private waiting: { until(message: FromExecutor): boolean; go(): void }[] = [];

  constructor(dataFolder: string, checkpointEvery?: number) {
    this.process = spawnExecutor(
      { dataFolder, modelFolders, device: 'cpu', checkpointEvery },
      { onMessage: (message) => this.hear(message) },
    );
  }

  private hear(message: FromExecutor): void {
    this.messages.push(message);
    for (const one of this.waiting.filter(({ until }) => until(message))) {
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.go();
    }
  }

  heard(until: (message: FromExecutor) => boolean): Promise<void> {
    if (this.messages.some(until)) return Promise.resolve();
    return new Promise((go, fail) => {
      this.waiting.push({ until, go });
      void this.process.ended.then(({ code, signal }) =>
        fail(new Error(`The executor ended (${signal ?? code}) before it was heard of: ${until}`)),
      );
    });
  }

  async run(run: string, graph: Graph): Promise<Watched> {
    this.process.send({ type: 'start', order: { run, token: `token-${run}`, attempt: 1, graph } });
    await this.heard((message) => message.type === 'finished' && message.run === run);
    return this.seen(run);
  }

  seen(run: string): Watched {
    const events = this.messages.flatMap((message) =>
      message.type === 'event' && message.run === run ? message.event : [],
    );
    const finished = this.messages.find((message) => message.type === 'finished' && message.run === run);
    const ran = events.flatMap((event) => (event.type === 'node.started' ? event.node : []));
    return { events, ran, outcome: finished?.type === 'finished' ? finished.outcome : undefined };
  }
}

const executors: Executor[] = [];
export const start = (dataFolder: string, checkpointEvery?: number) => {
  const executor = new Executor(dataFolder, checkpointEvery);
  executors.push(executor);
  return executor;
};

afterAll(async () => {
  for (const { process } of executors) process.kill();
  await Promise.all(executors.map(({ process }) => process.ended));
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});
