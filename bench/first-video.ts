import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunEvent } from '../nodes/events';

/**
 * What a newcomer waits for: a fresh clone in an empty home, `npm start`, one press of Run. Needs the committed state
 * (it clones HEAD) and the package registry.
 *
 * Figures in seconds: `setUp` from `npm start` to the printed address, `firstPreview` and `firstVideo` from Run (a cold
 * worker), `cloneToVideo` in all; `warmPreview` and `warmVideo` with another seed; `cached` the same run again;
 * `secondStart` from `npm start` to the address when nothing changed.
 */
export async function measure() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-first-'));
  const clone = path.join(folder, 'skein');
  const began = performance.now();
  try {
    execFileSync('git', ['clone', '--quiet', path.resolve(import.meta.dirname, '..'), clone]);
    const home = path.join(folder, 'home');
    fs.mkdirSync(home);
    const first = await start(clone, home);
    const graph = JSON.parse(fs.readFileSync(path.join(clone, 'graphs/text-to-video.json'), 'utf8'));
    const cold = await run(first.address, graph);
    const cloneToVideo = seconds(began);
    const warm = await run(first.address, withSeed(graph, 7));
    const cached = await run(first.address, withSeed(graph, 7));
    await first.stop();
    const second = await start(clone, home);
    await second.stop();
    return {
      setUp: first.seconds,
      firstPreview: cold.preview,
      firstVideo: cold.done,
      cloneToVideo,
      warmPreview: warm.preview,
      warmVideo: warm.done,
      cached: cached.done,
      secondStart: second.seconds,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const seconds = (since: number) => Math.round(performance.now() - since) / 1000;

interface Started {
  address: string;
  seconds: number;
  stop(): Promise<void>;
}

function start(clone: string, home: string): Promise<Started> {
  const began = performance.now();
  const child = spawn('npm', ['start', '--', '--port', '3900'], {
    cwd: clone,
    env: { ...process.env, HOME: home, SKEIN_HOME: path.join(home, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    process.kill(-child.pid!, 'SIGTERM');
    return ended;
  };
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (address) resolve({ address, seconds: seconds(began), stop });
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${said.slice(-2000)}`)));
  });
}

/** Presses Run and listens: seconds until the first preview (if any) and until the film is there. */
async function run(address: string, graph: unknown): Promise<{ preview?: number; done: number }> {
  const listening = new AbortController();
  const stream = await fetch(`${address}/api/trpc/runs.events`, { signal: listening.signal });
  const began = performance.now();
  const headers = { 'content-type': 'application/json', 'x-skein': '1' };
  const body = JSON.stringify({ json: { graph } });
  const answer = await fetch(`${address}/api/trpc/runs.start`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`runs.start: ${await answer.text()}`);
  const { runId } = ((await answer.json()) as { result: { data: { json: { runId: string } } } }).result.data.json;
  let preview: number | undefined;
  try {
    for await (const event of events(stream)) {
      if (event.run !== runId) continue;
      if (event.type === 'node.progress' && event.preview) preview ??= seconds(began);
      if (event.type === 'run.done') return { preview, done: seconds(began) };
      if (event.type === 'run.failed') throw new Error(event.says);
    }
  } finally {
    listening.abort();
  }
  throw new Error('The stream of events ended before the run.');
}

async function* events(stream: Response): AsyncGenerator<RunEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream.body!) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      const event = data ? (JSON.parse(data) as { json?: RunEvent }).json : undefined;
      if (event?.type) yield event;
    }
  }
}

function withSeed(graph: { nodes: { type: string; params: object }[] }, seed: number) {
  const nodes = graph.nodes.map((node) =>
    node.type === 'noise-seed' ? { ...node, params: { ...node.params, seed } } : node,
  );
  return { ...graph, nodes };
}
