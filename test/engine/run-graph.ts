import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Definitions } from '../../nodes/check';
import type { RunHappening } from '../../nodes/events';
import { emptyGraph, type Graph } from '../../nodes/graph';
import type { MediaDoor, ModelDoor } from '../../nodes/machine';
import type { Models, Value } from '../../nodes/values';
import type { Desk } from '../../server/engine/desk';
import { execute, type Outcome } from '../../server/engine/execute';
import { type Plan, plan } from '../../server/engine/plan';
import { type CacheOptions, type FileCache, openCache } from '../../server/store/blobs-cache';
import { openMachine } from '../../server/worker/machine';
import { testNodes } from './nodes-for-tests';

/** A data folder that is removed after the test. */
export function dataFolder(): string {
  // Inside the checkout: on a disk, as in real life, where the system's temporary folder may be memory.
  const home = path.resolve(import.meta.dirname, '../../.skein');
  fs.mkdirSync(home, { recursive: true });
  const folder = fs.mkdtempSync(path.join(home, 'test-engine-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Sketch = Record<string, [type: string, params?: Record<string, unknown>, inputs?: Record<string, string>]>;

/** `{ m: ['mix', { weight: 0.4 }, { a: 'one.out', b: 'two.out' }] }` as a graph. */
export function sketch(nodes: Sketch): Graph {
  return {
    ...emptyGraph(),
    nodes: Object.entries(nodes).map(([id, [type, params = {}]]) => ({ id, type, version: 1, params })),
    wires: Object.entries(nodes).flatMap(([id, [, , inputs = {}]]) =>
      Object.entries(inputs).map(([to, from]) => {
        const [node = '', name = ''] = from.split('.');
        return { from: { node, port: name }, to: { node: id, port: to } };
      }),
    ),
  };
}

/** Doors that test nodes never open. */
const closed = <T extends object>(): T =>
  new Proxy({} as T, {
    get() {
      throw new Error('A test node asked for something that is not there.');
    },
  });

export interface RunOptions {
  nodes?: Definitions;
  models?: Models;
  device?: string;
  targets?: string[];
  fresh?: boolean;
  signal?: AbortSignal;
  attempt?: number;
  desk?: Desk;
  onEvent?(event: RunHappening): void;
}

export interface Ran {
  plan: Plan;
  outcome: Outcome;
  events: RunHappening[];
  /** Ids of nodes that were started, in that order. */
  ran: string[];
  /** Ids of nodes that were reused. */
  reused: string[];
  /** The result of an output of a node, read back from the cache as a new process would. */
  value(node: string, port?: string): Promise<Value>;
}

export async function runGraph(graph: Graph, cache: FileCache, options: RunOptions = {}): Promise<Ran> {
  const { nodes = testNodes, models = {}, device = 'cpu/fp32', targets, fresh } = options;
  const end = cache.beginRun();
  const planned = plan(graph, { models, device, cache, targets, fresh, nodes });
  const events: RunHappening[] = [];
  const outcome = await execute(planned, {
    cache,
    machine: (job) =>
      openMachine({ models: closed<ModelDoor>(), media: closed<MediaDoor>(), checkpoints: cache.checkpoints }, job),
    emit(event) {
      events.push(event);
      options.onEvent?.(event);
    },
    signal: options.signal ?? new AbortController().signal,
    attempt: options.attempt,
    desk: options.desk,
  });
  end();
  return {
    plan: planned,
    outcome,
    events,
    ran: events.flatMap((event) => (event.type === 'node.started' ? event.node : [])),
    reused: events.flatMap((event) => (event.type === 'node.reused' ? event.node : [])),
    async value(node, port = 'out') {
      const fingerprint = planned.nodes.get(node)?.fingerprint;
      const held = fingerprint === undefined ? null : cache.look(fingerprint);
      if (!held) throw new Error(`Nothing is cached for ${node}.`);
      return held.value(port);
    },
  };
}

export const openTestCache = (folder = dataFolder(), options: CacheOptions = {}): FileCache =>
  openCache(folder, options);

/** The numbers of a clip. */
export async function numbers(ran: Ran, node: string): Promise<number[]> {
  const value = await ran.value(node);
  if (value.kind !== 'latent') throw new Error(`${node} gave ${value.kind}.`);
  return [...value.data];
}

/** A graph of two branches, of small and large results, that share nothing but the weight. */
export const twoBranches = (weight = 0.5) =>
  sketch({
    one: ['source', { value: 3, size: 3000 }],
    half: ['mix', { weight }, { a: 'one.out', b: 'one.out' }],
    film: ['film', { milliseconds: 2, side: 200 }],
    mean: ['brightness', {}, { frames: 'film.frames' }],
    two: ['source', { value: 1, size: 5 }],
    mix: ['mix', { weight }, { a: 'mean.out', b: 'two.out' }],
    save: ['show', {}, { in: 'mix.out' }],
    all: ['show', { label: 'all' }, { in: 'half.out' }],
  });

/** All files below a folder. */
export function filesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    return entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [];
  });
}
