import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { openWorkshop, type Workshop } from '../../server/worker/executor-workshop';
import { smallGraph } from '../start/skein';
import { parityFolder } from './parity-files';
import { tinyShapes, tinyWeights } from './tiny-weights';

let root = '';
let workshop: Workshop;
const library = () => path.join(root, 'models');
const tinyFile = () => path.join(library(), 'vae_approx/taew2_1.safetensors');
beforeAll(async () => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-tiny-graph-'));
  fs.cpSync(path.join(parityFolder, 'wan21-t2v'), path.join(library(), 'wan21-t2v'), { recursive: true });
  fs.cpSync(path.join(parityFolder, 'wan22-ti2v'), path.join(library(), 'wan22-ti2v'), { recursive: true });
  // Without statistics of its own it is the published VAE, as far as anybody can tell.
  const config = path.join(library(), 'wan21-t2v/vae/config.json');
  const { latents_mean: _, latents_std: __, ...rest } = JSON.parse(fs.readFileSync(config, 'utf8'));
  fs.writeFileSync(config, JSON.stringify(rest));
  workshop = await openWorkshop({ dataFolder: path.join(root, 'home'), modelFolders: [library()], device: 'cpu' });
});
afterAll(async () => {
  await workshop.close();
  fs.rmSync(root, { recursive: true, force: true });
});

/** The template with this decoder; more params by type of node. */
function made(decoder: 'full' | 'tiny', more: Record<string, object> = {}): Graph {
  const graph = smallGraph({ steps: 1, seed: 1 });
  const params: Record<string, object> = { 'vae-decoder': { decoder }, ...more };
  const nodes = graph.nodes.map((node) => ({ ...node, params: { ...node.params, ...params[node.type] } }));
  return { ...graph, nodes };
}

async function run(graph: Graph) {
  const happened: RunHappening[] = [];
  const emit = (event: RunHappening) => happened.push(event);
  const outcome = await workshop.run({ graph }, { emit, signal: new AbortController().signal });
  const types = new Map(graph.nodes.map(({ id, type }) => [id, type]));
  const done = happened.flatMap((event) => (event.type === 'node.done' ? [event] : []));
  const decoder = done.find(({ node }) => types.get(node) === 'vae-decoder');
  const says = happened.flatMap((event) => ('says' in event ? [event.says] : [])).join();
  return { state: outcome.state, ran: done.map(({ node }) => types.get(node)), where: decoder?.where, says };
}

test('without a file it is refused before anything computes, and the file is named', async () => {
  const { state, ran, says } = await run(made('tiny'));
  expect([state, ran]).toEqual(['failed', []]);
  expect(says).toMatch(/no tiny decoder for wan21-t2v\. Put taew2_1\.safetensors among the models, or choose the full/);
});

test('with its file it decodes, keeps the full result apart, and decodes anew when the file is another', async () => {
  fs.mkdirSync(path.dirname(tinyFile()));
  const weights = tinyWeights(tinyShapes({ kind: 'plain', channels: 16, patch: 1 }));
  fs.writeFileSync(tinyFile(), encodeSafetensors(weights));
  const full = await run(made('full'));
  expect(full).toMatchObject({ state: 'done', where: 'VAE on cpu' });
  const tiny = await run(made('tiny'));
  expect(tiny).toMatchObject({ state: 'done', where: 'tiny decoder on cpu' });
  expect(tiny.ran).not.toContain('denoiser');
  expect((await run(made('tiny'))).ran).not.toContain('vae-decoder');
  expect((await run(made('full'))).ran).not.toContain('vae-decoder');
  fs.writeFileSync(tinyFile(), encodeSafetensors(weights, { again: 'yes' }));
  expect((await run(made('tiny'))).ran).toContain('vae-decoder');
  expect((await run(made('full'))).ran).not.toContain('vae-decoder');
});

test('only models whose latents it knows are offered it', async () => {
  const models = await workshop.models();
  expect(models['wan21-t2v']?.tiny).toMatchObject({ name: 'taew2_1', digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  // Another VAE of the same shapes: its statistics are its own.
  expect(models['wan22-ti2v']?.tiny).toBeUndefined();
  // Published latents can be looked at without any decoder.
  expect(models['wan21-t2v']?.preview?.weights.map((row) => row.length)).toEqual([16, 16, 16]);
});
