import { afterAll, beforeAll, expect, test } from 'vitest';
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
