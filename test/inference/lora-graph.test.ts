import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { type Graph, makeNode } from '../../nodes/graph';
import { openTransformerFiles } from '../../server/inference/families/wan/pipeline';
import { openWorkshop, type Workshop } from '../../server/worker/executor-workshop';
import { smallGraph } from '../start/skein';
import { writeLora } from './lora-files';
import { parityFolder } from './parity-files';

let root = '';
let workshop: Workshop;
beforeAll(async () => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-lora-graph-'));
  const library = path.join(root, 'models');
  fs.cpSync(path.join(parityFolder, 'wan21-t2v'), path.join(library, 'wan21-t2v'), { recursive: true });
  fs.mkdirSync(path.join(library, 'loras'));
  const { checkpoint } = await openTransformerFiles(path.join(library, 'wan21-t2v/transformer'));
  const recipe = { rank: 2, alpha: 2, seed: 1 };
  await writeLora(path.join(library, 'loras/ink.safetensors'), checkpoint, { recipe, dialect: 'kohya' });
  workshop = await openWorkshop({ dataFolder: path.join(root, 'home'), modelFolders: [library], device: 'cpu' });
});
afterAll(async () => {
  await workshop.close();
  fs.rmSync(root, { recursive: true, force: true });
});

/** The template with a LoRA node between the model and the denoiser. */
function withLora(params: object): Graph {
  const graph = smallGraph({ steps: 1, seed: 1 });
  const denoiser = graph.nodes.find(({ type }) => type === 'denoiser')?.id ?? '';
  const lora = makeNode('lora', 'ink');
  return {
    ...graph,
    nodes: [...graph.nodes, { ...lora, params: { ...lora.params, ...params } }],
    wires: graph.wires.flatMap((wire) =>
      wire.to.node === denoiser && wire.to.port === 'model'
        ? [
            { ...wire, to: { node: 'ink', port: 'model' } },
            { ...wire, from: { node: 'ink', port: 'model' } },
          ]
        : [wire],
    ),
  };
}

async function run(graph: Graph) {
  const happened: RunHappening[] = [];
  const emit = (event: RunHappening) => happened.push(event);
  const outcome = await workshop.run({ graph }, { emit, signal: new AbortController().signal });
  const types = new Map(graph.nodes.map(({ id, type }) => [id, type]));
  const ran = happened.flatMap((event) => (event.type === 'node.started' ? [types.get(event.node) ?? event.node] : []));
  const says = happened.flatMap((event) =>
    event.type === 'node.failed' || event.type === 'run.failed' ? [event.says] : [],
  );
  return { state: outcome.state, ran: ran.sort(), says };
}

test('a LoRA in a graph: its strength makes anew what depends on it, the same one nothing', async () => {
  expect(await run(smallGraph({ steps: 1, seed: 1 }))).toMatchObject({ state: 'done' });
  const first = await run(withLora({ lora: 'ink' }));
  expect(first).toMatchObject({ state: 'done', says: [] });
  expect(first.ran).toContain('denoiser');
  expect(first.ran).not.toContain('text-encoder');
  expect((await run(withLora({ lora: 'ink' }))).ran).not.toContain('denoiser');
  expect((await run(withLora({ lora: 'ink', strength: 0.5 }))).ran).toContain('denoiser');
});

test('one that is not there fails the run before anything computes, in a sentence', async () => {
  const { state, ran, says } = await run(withLora({ lora: 'oil' }));
  expect([state, ran]).toEqual(['failed', []]);
  expect(says.join()).toMatch(/"oil" is not in the library\. Choose one of: ink\./);
});
