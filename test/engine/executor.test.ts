import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../nodes/graph';
import { scanModels } from '../../server/inference/catalog';
import { spawnExecutor } from '../../server/worker/executor-process';
import { openWorkshop, type Workshop } from '../../server/worker/executor-workshop';
import type { FromExecutor } from '../../server/worker/protocol';
import { clip, type Executor, modelFolders, newFolder, root, start } from './real-executor';

/** The bytes of a node's latent, read from the cache of a data folder. */
async function latentOf(workshop: Workshop, graph: Graph, node: string): Promise<Buffer> {
  const { nodes } = await workshop.plan({ graph });
  const value = await workshop.cache.look(nodes.get(node)!.fingerprint!)!.value('clip');
  if (value.kind !== 'latent') throw new Error(`${node} gave ${value.kind}.`);
  return Buffer.from(value.data.buffer, value.data.byteOffset, value.data.byteLength);
}

describe('the executor, with the real nodes on a tiny checkpoint', () => {
  let folder: string;
  let executor: Executor;

  beforeAll(async () => {
    folder = newFolder();
    executor = start(folder);
    await executor.heard((message) => message.type === 'ready');
  });

  test('makes a film, in order, with every message carrying the attempt’s token', async () => {
    const { events, outcome } = await executor.run('first', clip());
    expect(outcome).toBe('done');
    const kinds = events.map((event) => event.type);
    expect([kinds[0], kinds.at(-1)]).toEqual(['run.started', 'run.done']);
    const film = events.find((event) => event.type === 'node.done' && event.node === 'muxer');
    expect(film).toMatchObject({ outputs: { video: { kind: 'file', file: { mime: 'video/mp4' } } } });
    for (const message of executor.messages) if ('token' in message) expect(message.token).toBe('token-first');
    const order = events.flatMap((event) => ('node' in event && event.node ? `${event.type} ${event.node}` : []));
    expect(order.lastIndexOf('node.progress denoiser')).toBeLessThan(order.indexOf('node.done denoiser'));
  });

  test('the same again: nothing runs; under other ids and positions too', async () => {
    expect((await executor.run('again', clip())).events.at(-1)).toMatchObject({ type: 'run.done', ran: 0, reused: 8 });
    const graph = clip();
    const renamed = {
      ...graph,
      nodes: graph.nodes.map((node) => ({ ...node, id: `x-${node.id}`, title: 'X' })).reverse(),
      wires: graph.wires.map(({ from, to }) => ({
        from: { ...from, node: `x-${from.node}` },
        to: { ...to, node: `x-${to.node}` },
      })),
      layout: { ...graph.layout, positions: {} },
    };
    expect((await executor.run('renamed', renamed)).ran).toEqual([]);
  });

  test('only the film’s fps changes: only the muxer runs', async () => {
    expect((await executor.run('fps', clip({ muxer: { fps: 12 } }))).ran).toEqual(['muxer']);
  });

  test('only the steps change: the text encoder does not run', async () => {
    const { ran, outcome } = await executor.run('steps', clip({ denoiser: { steps: 5 } }));
    expect(outcome).toBe('done');
    expect(ran).toEqual(expect.arrayContaining(['denoiser', 'decoder', 'muxer']));
    expect(ran).not.toContain('text');
    expect(ran).not.toContain('noise');
  });

  test('a second order while one runs is refused with a reason; a cancel ends within a step', async () => {
    const long = clip({ denoiser: { steps: 400 } });
    const running = executor.run('long', long);
    await executor.heard(
      (message) =>
        message.type === 'event' &&
        message.run === 'long' &&
        message.event.type === 'node.progress' &&
        message.event.node === 'denoiser',
    );
    executor.process.send({ type: 'start', order: { run: 'second', token: 't2', attempt: 1, graph: clip() } });
    await executor.heard((message) => message.type === 'refused' && message.run === 'second');
    executor.process.send({ type: 'cancel', run: 'another' });
    const asked = performance.now();
    executor.process.send({ type: 'cancel', run: 'long' });
    expect((await running).outcome).toBe('cancelled');
    expect(performance.now() - asked).toBeLessThan(3000);
    expect((await executor.run('after', clip())).outcome).toBe('done');
  });

  test('a restarted process finds everything; a model that is not there is named', async () => {
    executor.process.send({ type: 'shutdown' });
    expect((await executor.process.ended).code).toBe(0);
    executor = start(folder);
    expect((await executor.run('restarted', clip())).events.at(-1)).toMatchObject({ ran: 0 });
    const { events, outcome } = await executor.run('missing', clip({ model: { model: 'wan99' } }));
    expect(outcome).toBe('failed');
    expect(events.find((event) => event.type === 'node.failed')).toMatchObject({
      node: 'model',
      says: expect.stringContaining('wan99'),
    });
  });

  test('a device that is not there: the executor says so and ends with code 1', async () => {
    const messages: FromExecutor[] = [];
    const setup = { dataFolder: newFolder(), modelFolders, device: 'abacus' };
    const broken = spawnExecutor(setup, { onMessage: (message) => messages.push(message) });
    expect((await broken.ended).code).toBe(1);
    expect(messages).toMatchObject([{ type: 'broken', says: expect.stringContaining('abacus') }]);
  });
});

test('a byte of a model’s file changes under the same name: the run stops at the model node until the file is accepted, and then nothing made with the old one is taken for the new', async () => {
  const models = newFolder();
  const dataFolder = newFolder();
  fs.cpSync(path.join(root, 'test/parity/wan21-t2v'), path.join(models, 'mine'), { recursive: true });
  const workshop = await openWorkshop({ dataFolder, modelFolders: [models], device: 'cpu' });
  const graph = clip({ model: { model: 'mine' }, denoiser: { steps: 1 } });
  const run = () => workshop.run({ graph }, { emit() {}, signal: new AbortController().signal });
  const states = async () => [...(await workshop.plan({ graph })).nodes].map(([, { state }]) => state);
  const first = await run();
  expect(first.state).toBe('done');
  expect(new Set(await states())).toEqual(new Set(['cached']));
  const file = path.join(models, 'mine/vae/diffusion_pytorch_model.safetensors');
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 2]! ^= 1;
  fs.writeFileSync(file, bytes);
  const stopped = await run();
  expect(stopped).toMatchObject({ state: 'failed', ran: 0, failures: [{ node: 'model' }] });
  expect(stopped.failures[0]?.says).toMatch(/vae.*is not the file it was.*--accept/);
  await scanModels({ modelFolders: [models], dataFolder }, { wanted: new Set(['mine']), mode: 'accept' });
  expect(new Set(await states())).toEqual(new Set(['will-run']));
  expect(await run()).toMatchObject({ state: 'done', ran: 8 });
  await workshop.close();
});

test('killed with SIGKILL in mid-denoise: the next one goes on and its latents are the unbroken run’s, byte for byte', async () => {
  const graph = clip({ noise: { width: 48, height: 48, frames: 13 }, denoiser: { steps: 100 } });
  const unbroken = await openWorkshop({ dataFolder: newFolder(), modelFolders, device: 'cpu' });
  const whole = await unbroken.run({ graph }, { emit() {}, signal: new AbortController().signal });
  expect(whole.state).toBe('done');

  const folder = newFolder();
  const victim = start(folder, 0); // the tiny network would be done before the first second is over
  victim.process.send({ type: 'start', order: { run: 'r', token: 't', attempt: 1, graph } });
  const progress = (message: FromExecutor) => message.type === 'event' && message.event.type === 'node.progress';
  await victim.heard((message) => progress(message) && JSON.stringify(message).includes('denoiser'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  victim.process.kill();
  expect((await victim.process.ended).signal).toBe('SIGKILL');

  const next = start(folder);
  const { events, outcome } = await next.run('r', graph);
  expect(outcome).toBe('done');
  const begun = events.find((event) => event.type === 'node.started' && event.node === 'denoiser');
  expect(begun?.type === 'node.started' && begun.resumedAt).toBeGreaterThan(0);

  const resumed = await openWorkshop({ dataFolder: folder, modelFolders, device: 'cpu' });
  const [a, b] = [await latentOf(unbroken, graph, 'denoiser'), await latentOf(resumed, graph, 'denoiser')];
  expect(b.equals(a)).toBe(true);
  const films = [unbroken, resumed].map(async (workshop) => (await workshop.plan({ graph })).nodes.get('muxer')?.state);
  expect(await Promise.all(films)).toEqual(['cached', 'cached']);
  await unbroken.close();
  await resumed.close();
}, 120_000);
