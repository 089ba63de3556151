import { afterAll, beforeAll, expect, test } from 'vitest';
import { instanceOf, withComponents } from '../../nodes/component';
import type { Component, Graph } from '../../nodes/graph';
import { emptyGraph } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import { callerFor } from '../../server/api/root';
import { enqueueRun } from '../../server/store/attempts';
import { localViewer } from '../../server/store/database';
import { type LocalServer, openLocalServer } from './local-server';

let server: LocalServer;
let api: ReturnType<typeof callerFor>;
beforeAll(async () => {
  server = await openLocalServer();
  api = callerFor({ viewer: localViewer, services: server.services });
});
afterAll(() => server.close());

test('everything that waits is cancelled at once; an order that came too late is refused', async () => {
  const queued = async (name: string) =>
    (await enqueueRun(server.services.db, localViewer, { name, document: JSON.stringify(emptyGraph(name)) })).id;
  const ids = [await queued('one'), await queued('two')];
  await api.runs.pause({ paused: true });
  expect(await api.runs.paused()).toBe(true);
  await api.runs.move({ runs: [ids[1]!], before: ids[0]! });
  expect((await api.runs.queue()).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
  expect(await api.runs.cancelAll({})).toEqual({ cancelled: 2 });
  expect(await api.runs.queue()).toEqual([]);
  await expect(api.runs.move({ runs: ids })).rejects.toMatchObject({ code: 'CONFLICT' });
  await api.runs.pause({ paused: false });
  expect(await api.runs.paused()).toBe(false);
});

test('presets: saved, replaced under their name, carried over from an older node, removed', async () => {
  const steps = (count: number) => ({ type: 'denoiser', version: 1, name: 'Quick', params: { steps: count } });
  await api.presets.save({ presets: [steps(4), { ...steps(9), name: 'Slow' }] });
  await api.presets.save({ presets: [steps(6)] });
  const list = await api.presets.list({ type: 'denoiser' });
  expect(list.map(({ name, params }) => [name, params['steps']])).toEqual([
    ['Quick', 6],
    ['Slow', 9],
  ]);
  expect(list[0]?.version).toBe(registry['denoiser']?.version);
  expect(await api.presets.list({ type: 'muxer' })).toEqual([]);
  for (const { id } of list) await api.presets.remove({ id });
  await expect(api.presets.remove({ id: list[0]!.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(api.presets.save({ presets: [{ ...steps(4), name: '  ' }] })).rejects.toThrow(/name/);
});

test('components: the newest version of each, whoever numbers it; taken out, graphs and a later version bring it back', async () => {
  const words = (text: string, version: number): Graph => {
    const node = { id: 'prompt', type: 'prompt', version: 1, params: { text } };
    const about = {
      key: text,
      id: 'c1',
      version,
      name: 'Words',
      nodes: [node],
      wires: [],
      inputs: [],
      outputs: [],
      params: [],
    };
    const definition: Component = { ...about, layout: emptyGraph().layout };
    return { ...withComponents(emptyGraph(), [definition]), nodes: [instanceOf(definition, 'words')] };
  };
  expect(await api.components.publish({ graph: words('one', 1) })).toEqual({ id: 'c1', version: 1 });
  expect(await api.components.publish({ graph: words('one', 1) })).toEqual({ id: 'c1', version: 1 });
  // Two states of which both are the second version of somebody.
  expect(await api.components.publish({ graph: words('two', 2) })).toMatchObject({ version: 2 });
  expect(await api.components.publish({ graph: words('other', 2) })).toMatchObject({ version: 3 });
  const [listed, ...more] = await api.components.list();
  expect(more).toEqual([]);
  expect(listed?.graph.components?.[0]).toMatchObject({ version: 3, nodes: [{ params: { text: 'other' } }] });
  await api.components.remove({ id: 'c1' });
  expect(await api.components.list()).toEqual([]);
  await expect(api.components.remove({ id: 'c1' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await api.components.publish({ graph: words('two', 2) });
  expect((await api.components.list()).map(({ version }) => version)).toEqual([3]);
  await expect(api.components.publish({ graph: emptyGraph() })).rejects.toThrow(/not one component/);
});
