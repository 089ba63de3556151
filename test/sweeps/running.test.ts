import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { emptySweep, type Sweep } from '../../nodes/sweep';
import type { GraphPlan } from '../../server/api/plan-graph';
import type { SweepOutlook } from '../../server/api/sweep-plan';
import { openBlobs } from '../../server/store/blobs';
import { pictureGraph } from '../browser/ask';
import { picture } from '../browser/gestures';
import { clip } from '../engine/real-executor';
import { until } from '../queue/stage';
import { films, TwoProcesses } from './two-processes';

/** Shared by tests that kill nothing. */
const skein = new TwoProcesses();
beforeAll(() => skein.open());
afterAll(() => skein.close());

const axis = (name: string, at: string, values: (number | string)[]): Sweep['axes'][number] => {
  const [node = '', param = ''] = at.split('.');
  return { name, at: { node, param }, values: { kind: 'list', values } };
};
const twelve: Sweep = {
  ...emptySweep(),
  axes: [axis('Guidance', 'denoiser.guidance', [1, 2, 4]), axis('Seed', 'noise.seed', [1, 2, 3, 4])],
};
const graph = clip({ denoiser: { steps: 6 } });
const count = <T>(list: readonly T[], is: (one: T) => boolean) => list.filter(is).length;

test('a second press is done at once and runs nothing; the plan had said so', async () => {
  const small = {
    ...twelve,
    axes: [axis('Guidance', 'denoiser.guidance', [1, 2]), axis('Seed', 'noise.seed', [1, 2])],
  };
  const plan = () => skein.call<SweepOutlook>('sweeps.plan', { graph, sweep: small });
  const before = await plan();
  expect(before.cells.map(({ state }) => state)).toEqual(Array(4).fill('will-run'));
  expect(before.nodes).toMatchObject({
    text: { runs: 1 },
    noise: { runs: 2 },
    denoiser: { runs: 4 },
    muxer: { runs: 4 },
  });
  const first = await skein.ended(await skein.start(small, graph), 4);
  const ran = (await skein.begun()).length;

  const after = await plan();
  expect(after.cells.map(({ state }) => state)).toEqual(Array(4).fill('cached'));
  expect(after.nodes).toMatchObject({ text: { runs: 0, cached: 1 }, denoiser: { runs: 0, cached: 4 } });
  const id = await skein.start(small, graph);
  const again = await skein.cells(id);
  expect(again.map(({ state, ran }) => `${state} ${ran}`)).toEqual(Array(4).fill('done 0'));
  expect(films(again)).toEqual(films(first));
  expect(new Set(again.map(({ assets }) => assets[0]?.id)).size).toBe(4);
  const news = (await skein.begun()).slice(ran);
  expect(new Set(news.map(({ type }) => type))).toEqual(new Set(['run.queued', 'run.done']));

  // A cell's settings in the graph: the plan has its film with it, without a run.
  const [cell] = first;
  const size = { width: 48, height: 32, frames: 9 };
  const picked = clip({ denoiser: { steps: 6, guidance: 1 }, noise: { ...size, seed: 1 } });
  const { nodes } = await skein.call<GraphPlan>('runs.plan', { graph: picked });
  const film = nodes['muxer']?.outputs?.['video']?.file;
  expect(film?.sha256).toBe(cell?.assets[0]?.sha256);
  expect(again.flatMap(({ assets }) => assets.map(({ id }) => id))).toContain(film?.asset);
  expect(nodes['denoiser']).toMatchObject({ state: 'cached' });
  expect(nodes['denoiser']?.outputs).toBeUndefined();

  // One more value: three quarters are there.
  const wider = { ...small, axes: [small.axes[0]!, axis('Seed', 'noise.seed', [1, 2, 3])] };
  const outlook = await skein.call<SweepOutlook>('sweeps.plan', { graph, sweep: wider });
  expect(count(outlook.cells, ({ state }) => state === 'cached')).toBe(4);
  expect(outlook.seconds).toBeGreaterThan(0);
  expect(outlook.untimed).toBe(0);
}, 300_000);

test('worker and server are killed in the middle of 12 cells: only unfinished ones go on, every film is the unbroken sweep’s, byte for byte', async () => {
  const unbroken = films(await skein.ended(await skein.start(twelve, graph), 12));
  expect(new Set(Object.values(unbroken)).size).toBe(12);

  const broken = await new TwoProcesses().open();
  onTestFinished(() => broken.close());
  const id = await broken.start(twelve, graph);
  const early = await broken.ended(id, 3);
  await broken.kill('worker');
  broken.startWorker();
  const later = await broken.ended(id, 7);
  await broken.kill('web');
  await broken.startWeb();
  const cells = await broken.ended(id, 12);
  expect(cells.map(({ state }) => state)).toEqual(Array(12).fill('done'));
  expect(films(cells)).toEqual(unbroken);

  const events = await broken.begun();
  // What had ended was not begun again.
  for (const { run } of [...early, ...later])
    expect(count(events, (event) => event.run === run && event.type === 'run.done')).toBe(1);
  for (const { run } of early)
    expect(count(events, (event) => event.run === run && event.type === 'run.started')).toBe(1);
  // Cells in three lives of two processes: still the text was read once, and each noise was drawn once.
  expect(count(events, ({ type, node }) => type === 'node.started' && node === 'text')).toBe(1);
  expect(count(events, ({ type, node }) => type === 'node.started' && node === 'noise')).toBe(4);
}, 600_000);

test('cancel, then retry one cell, then the rest', async () => {
  const six = {
    ...twelve,
    axes: [axis('Guidance', 'denoiser.guidance', [1, 2]), axis('Seed', 'noise.seed', [1, 2, 3])],
  };
  const id = await skein.start(six, clip({ denoiser: { steps: 12 } }));
  await skein.ended(id, 1);
  await skein.call('sweeps.cancel', { sweepId: id });
  const cells = await skein.ended(id, 6, 60_000);
  const done = cells.filter(({ state }) => state === 'done').length;
  expect(done).toBeLessThan(6);
  expect(count(cells, ({ state }) => state === 'cancelled')).toBe(6 - done);
  const one = cells.find(({ state }) => state === 'cancelled')!.cell;
  expect(await skein.call('sweeps.retry', { sweepId: id, cells: [one] })).toEqual({ count: 1 });
  await until(async () => (await skein.cells(id)).find(({ cell }) => cell === one)?.state === 'done', 120_000);
  expect(count(await skein.cells(id), ({ state }) => state === 'cancelled')).toBe(5 - done);
  expect(await skein.call('sweeps.retry', { sweepId: id })).toEqual({ count: 5 - done });
  expect((await skein.ended(id, 6)).map(({ state }) => state)).toEqual(Array(6).fill('done'));
}, 400_000);

test('one cell that fails does not stop the others, says why, and is retried alone', async () => {
  const blobs = openBlobs(path.join(skein.home, 'blobs'));
  const [red, blue] = [await picture('red'), await picture('blue')];
  const { sha256 } = await blobs.write(red);
  const missing = createHash('sha256').update(blue).digest('hex');
  const sweep: Sweep = { ...emptySweep(), axes: [axis('Picture', 'image.asset', [missing, sha256])] };
  const id = await skein.start(sweep, pictureGraph(sha256));
  const [first, second] = await skein.ended(id, 2);
  expect(second).toMatchObject({ cell: 1, state: 'done' });
  expect(first).toMatchObject({ cell: 0, state: 'failed', failedNode: 'image' });
  expect(first?.says).toMatch(/no longer|not there|gone|missing/i);

  await blobs.write(blue);
  expect(await skein.call('sweeps.retry', { sweepId: id, cells: [0] })).toEqual({ count: 1 });
  const [again, other] = await skein.ended(id, 2);
  expect(again).toMatchObject({ cell: 0, state: 'done' });
  expect(other?.run).toBe(second?.run);
}, 300_000);
