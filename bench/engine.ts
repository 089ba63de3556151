import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { defineNode, port } from '../nodes/define';
import { emptyGraph, type Graph } from '../nodes/graph';
import type { MediaDoor, ModelDoor } from '../nodes/machine';
import { execute, type Outcome } from '../server/engine/execute';
import { plan } from '../server/engine/plan';
import { openCache } from '../server/store/blobs-cache';
import { openMachine } from '../server/worker/machine';

/** A node that does nothing but make a clip of four numbers: what is left is the engine and the disk. */
const cheap = defineNode({
  type: 'cheap',
  version: 1,
  title: 'Cheap',
  says: 'Four numbers.',
  inputs: { from: { ...port.latent('What came before'), optional: true } },
  outputs: { out: port.latent('Four numbers') },
  params: z.object({ value: z.number() }),
  sink: true,
  run: async ({ params }) => ({
    out: { kind: 'latent', space: 'bench', data: new Float32Array(4).fill(params.value), shape: [1, 1, 2, 2] },
  }),
});

/** Chains of ten, as graphs are: some wires, not only islands. */
function chains(count: number): Graph {
  const nodes = Array.from({ length: count }, (_, i) => ({
    id: `n${i}`,
    type: 'cheap',
    version: 1,
    params: { value: i },
  }));
  const wires = nodes.flatMap((node, i) =>
    i % 10 ? [{ from: { node: `n${i - 1}`, port: 'out' }, to: { node: node.id, port: 'from' } }] : [],
  );
  return { ...emptyGraph(), nodes, wires };
}

async function run(graph: Graph, dataFolder: string): Promise<{ outcome: Outcome; seconds: number }> {
  const cache = openCache(dataFolder);
  const begun = performance.now();
  const end = cache.beginRun();
  const planned = plan(graph, { models: {}, device: 'cpu/fp32', cache, nodes: { cheap } });
  const outcome = await execute(planned, {
    cache,
    // Cheap nodes open no doors.
    machine: (job) =>
      openMachine({ models: {} as ModelDoor, media: {} as MediaDoor, checkpoints: cache.checkpoints }, job),
    emit() {},
    signal: new AbortController().signal,
  });
  end();
  return { outcome, seconds: (performance.now() - begun) / 1000 };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const milliseconds = (value: number) => Number(value.toFixed(3));

/**
 * Overhead of the engine per executed node (1,000 cheap nodes, planned, run and stored; median of 5 runs), and how long
 * a run takes that finds all of its 100 nodes in the cache, in a warm process and as the first run of a new one.
 */
export async function measure(): Promise<Record<string, number>> {
  // Beside the real data folder: on the disk that will be used, not in a temporary one that may be memory.
  const home = path.join(path.dirname(import.meta.dirname), '.skein');
  fs.mkdirSync(home, { recursive: true });
  const folder = fs.mkdtempSync(path.join(home, 'bench-'));
  try {
    await run(chains(50), path.join(folder, 'warm-up'));
    // Ready nodes go in batches, so a single one has no time of its own: the median is over whole runs.
    const thousands: number[] = [];
    for (let i = 0; i < 5; i++) thousands.push((await run(chains(1000), path.join(folder, `thousand-${i}`))).seconds);
    await run(chains(100), path.join(folder, 'hundred'));
    const cached: number[] = [];
    for (let i = 0; i < 11; i++) {
      const again = await run(chains(100), path.join(folder, 'hundred'));
      if (again.outcome.ran) throw new Error(`${again.outcome.ran} nodes ran that should have been cached.`);
      cached.push(again.seconds * 1000);
    }
    return {
      overheadPerNodeMs: milliseconds(median(thousands)), // seconds per thousand nodes are milliseconds per node
      cachedRerun100Ms: milliseconds(median(cached)),
      cachedRerun100AfterRestartMs: milliseconds(afterRestart(path.join(folder, 'hundred'))),
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The same cached run as the very first of a new process, from submit to end. */
function afterRestart(folder: string): number {
  const script = `const { rerun } = await import(${JSON.stringify(import.meta.filename)}); console.log(await rerun(${JSON.stringify(folder)}))`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: path.dirname(import.meta.dirname),
  });
  const result = Number(stdout.trim().split('\n').at(-1));
  if (!Number.isFinite(result)) throw new Error(`The new process failed: ${stderr}`);
  return result;
}

/** Milliseconds of a cached run of 100 nodes in this process. */
export async function rerun(folder: string): Promise<number> {
  const { outcome, seconds } = await run(chains(100), folder);
  if (outcome.ran) throw new Error(`${outcome.ran} nodes ran that should have been cached.`);
  return seconds * 1000;
}
