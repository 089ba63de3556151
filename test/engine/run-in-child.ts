import type { Graph } from '../../nodes/graph';
import { execute } from '../../server/engine/execute';
import { plan } from '../../server/engine/plan';
import { openCache } from '../../server/store/blobs-cache';
import { openMachine } from '../../server/worker/machine';
import { testNodes } from './nodes-for-tests';

/** Runs a graph of test nodes in a process that a test may kill: `run-in-child.ts <data folder> <graph as JSON>`. */
const [folder = '', text = ''] = process.argv.slice(2);
const cache = openCache(folder);
const end = cache.beginRun();
const planned = plan(JSON.parse(text) as Graph, { models: {}, device: 'cpu/fp32', cache, nodes: testNodes });
const closed = {} as never; // test nodes open no doors
await execute(planned, {
  cache,
  machine: (job) => openMachine({ models: closed, media: closed, checkpoints: cache.checkpoints }, job),
  emit: (event) => void process.send?.(event),
  signal: new AbortController().signal,
});
end();
process.disconnect?.();
