import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { RunEvent } from '../../nodes/events';
import { type Graph, readGraph } from '../../nodes/graph';
import { until } from '../queue/stage';

/** Makes everything that `npm start` needs, the built page included; nothing when it is there. */
export function bootstrap(): void {
  const { status } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'start'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The bootstrap failed: see above.');
}

/** The supervisor with all its children, in a home of its own, with the small models of test/parity. */
export class Skein {
  output = '';
  url = '';
  readonly events: RunEvent[] = [];
  readonly ended: Promise<number | null>;
  #stream: http.ClientRequest | undefined;

  private constructor(
    readonly process: ChildProcess,
    readonly home: string,
  ) {
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    this.ended = new Promise((resolve) => process.once('exit', resolve));
  }

  static spawn(
    args: string[],
    env: Partial<NodeJS.ProcessEnv> = {},
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-start-')),
  ): Skein {
    const child = spawn(process.execPath, ['scripts/start.mjs', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SKEIN_HOME: home, SKEIN_MODELS: path.resolve('test/parity'), SKEIN_TOKEN: '', ...env },
    });
    return new Skein(child, home);
  }

  /** Resolves when it has printed its address. */
  async ready(): Promise<this> {
    await until(() => /ready: {2}http:\/\/\S+/.test(this.output) || this.process.exitCode !== null, 60_000);
    this.url = /ready: {2}(http:\/\/\S+)/.exec(this.output)?.[1] ?? '';
    if (!this.url) throw new Error(`It did not start:\n${this.output}`);
    return this;
  }

  async procedure<T>(name: string, input?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api/trpc/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-skein': '1' },
      body: JSON.stringify(input === undefined ? {} : { json: input }),
    });
    // The envelope that superjson and tRPC put round what the procedure returned.
    const { result, error } = (await answer.json()) as {
      result?: { data: { json: T } };
      error?: { json: { message: string } };
    };
    if (!result) throw new Error(`${name}: ${error?.json.message}`);
    return result.data.json;
  }

  /** Listens to everything that happens; comes back by itself when the web process does. */
  listen(): void {
    const last = this.events.at(-1)?.seq;
    const input =
      last === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: { lastEventId: String(last) } }))}`;
    const again = () => setTimeout(() => this.process.exitCode === null && this.listen(), 100);
    this.#stream = http.get(`${this.url}/api/trpc/runs.events${input}`, (answer) => {
      let held = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        const parts = (held + chunk).split('\n\n');
        held = parts.pop() ?? '';
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (!data || !/^id: /m.test(part)) continue;
          // An event as the subscription yields it.
          const { json } = JSON.parse(data) as { json: RunEvent };
          this.events.push({ ...json, at: Date.now() });
        }
      });
      answer.on('close', again);
    });
    this.#stream.on('error', again);
  }

  of(run: string): RunEvent[] {
    return this.events.filter((event) => event.run === run);
  }

  async start(graph: Graph): Promise<string> {
    return (await this.procedure<{ runId: string }>('runs.start', { graph })).runId;
  }

  /** The event a run ended with. */
  async end(run: string): Promise<RunEvent> {
    const isEnd = ({ type }: RunEvent) => /^run\.(done|failed|cancelled)$/.test(type);
    await until(() => this.of(run).some(isEnd), 90_000);
    // Just seen.
    return this.of(run).find(isEnd) as RunEvent;
  }

  /** The processes it has started, by what they run. */
  children(): { web?: number; worker?: number } {
    const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(this.process.pid)], { encoding: 'utf8' });
    const pid = (what: string) =>
      Number(
        stdout
          .split('\n')
          .find((line) => line.includes(what))
          ?.trim()
          .split(' ')[0],
      ) || undefined;
    return { web: pid('next'), worker: pid('worker/main.ts') };
  }

  async stop(): Promise<number | null> {
    this.process.kill('SIGTERM');
    return this.ended;
  }

  forget(): void {
    this.#stream?.destroy();
    this.process.kill('SIGKILL');
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface SmallGraph {
  steps: number;
  seed: number;
  frames?: number;
  /** Width and height in pixels: the larger, the longer a step takes. */
  size?: number;
}

/** The first graph a newcomer sees, on a model that takes a moment a step. */
export function smallGraph({ steps, seed, frames = 9, size = 64 }: SmallGraph): Graph {
  const { graph, problem } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
  if (!graph) throw new Error(problem);
  const wanted: Record<string, Record<string, unknown>> = {
    model: { model: 'wan21-t2v' },
    'noise-seed': { width: size, height: size, frames, seed },
    denoiser: { steps },
  };
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, params: { ...node.params, ...wanted[node.type] } })),
  };
}
