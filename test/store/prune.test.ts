import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyGraph } from '../../nodes/graph';
import { addUpload, removeAsset } from '../../server/store/assets';
import { claimRun, enqueueRun, recordHappenings } from '../../server/store/attempts';
import { type FileCache, openCache } from '../../server/store/blobs-cache';
import { localViewer } from '../../server/store/database';
import { lastSeq } from '../../server/store/events';
import { createGraph, removeGraph, saveGraph } from '../../server/store/graphs';
import { prune, pruneDaily, pruneLimits } from '../../server/store/prune';
import { getRun, removeRun } from '../../server/store/runs';
import { until } from '../queue/stage';
import { temporaryDatabase } from './databases';

let made: Awaited<ReturnType<typeof temporaryDatabase>>;
let cache: FileCache;
beforeEach(async () => {
  made = await temporaryDatabase();
  cache = openCache(made.folder);
});
afterEach(() => made.remove());

const day = 24 * 3600;
const viewer = localViewer;
const about = { mime: 'image/png', name: 'a.png' };

/** A blob that was written so many days ago. */
async function blob(text: string, daysAgo = 3): Promise<string> {
  const { sha256 } = await cache.files.write(Buffer.from(text));
  const then = Date.now() / 1000 - daysAgo * day;
  fs.utimesSync(cache.files.path(sha256), then, then);
  return sha256;
}
const isThere = (sha256: string) => cache.files.bytes(sha256) !== null;
const upload = async (sha256: string) => addUpload(made.db, viewer, { ...about, sha256, bytes: 1 });
const graphWith = (sha256: string) => {
  const graph = emptyGraph('with a picture');
  const node = { id: 'image', type: 'image', version: 1, params: { image: sha256 }, at: { x: 0, y: 0 } };
  return { ...graph, nodes: [node] } as unknown as typeof graph; // as much of a graph as matters here
};
/** A run that ended so many days ago, of this document. */
async function endedRun(document: string, daysAgo: number): Promise<string> {
  const { id } = await enqueueRun(made.db, viewer, { name: 'run', document });
  const run = await claimRun(made.db, { worker: 'w', leaseUntil: new Date(Date.now() + 60_000) });
  await recordHappenings(made.db, run?.token ?? '', [{ type: 'run.done', seconds: 1, ran: 1, reused: 0 }]);
  const finishedAt = new Date(Date.now() - daysAgo * day * 1000);
  await made.db.run.update({ where: { id }, data: { finishedAt, queuedAt: finishedAt } });
  return id;
}
const putAway = (id: string, daysAgo: number) =>
  made.db.asset.update({ where: { id }, data: { removedAt: new Date(Date.now() - daysAgo * day * 1000) } });

describe('files', () => {
  test('that nothing refers to go; whatever something refers to stays', async () => {
    const { db } = made;
    const orphan = await blob('left by an upload that was broken off');
    const listed = await blob('listed');
    await upload(listed);
    const removed = await blob('removed long ago');
    await putAway((await upload(removed)).id, 2);
    const justRemoved = await blob('removed just now');
    await removeAsset(db, viewer, (await upload(justRemoved)).id);

    const inGraph = await blob('in a graph');
    const inHistory = await blob('only in an older version of it');
    const { id: graph } = await createGraph(db, viewer, graphWith(inHistory));
    await saveGraph(db, viewer, { id: graph, graph: graphWith(inGraph), baseVersion: 1 });
    const inRemovedGraph = await blob('in a graph that was put away long ago');
    const { id: old } = await createGraph(db, viewer, graphWith(inRemovedGraph));
    await removeGraph(db, viewer, old);
    await db.graph.update({ where: { id: old }, data: { removedAt: new Date(Date.now() - 2 * day * 1000) } });

    const inRun = await blob('in a run');
    await endedRun(JSON.stringify(graphWith(inRun)), 100);
    const inRemovedRun = await blob('in a run that was put away');
    const gone = await endedRun(JSON.stringify(graphWith(inRemovedRun)), 100);
    await removeRun(db, viewer, gone);
    await db.run.update({ where: { id: gone }, data: { removedAt: new Date(Date.now() - 2 * day * 1000) } });
    const inWaitingRun = await blob('in a run that waits');
    await enqueueRun(db, viewer, { name: 'run', document: JSON.stringify(graphWith(inWaitingRun)) });

    const pruned = await prune({ db, cache });
    for (const sha256 of [listed, justRemoved, inGraph, inHistory, inRun, inWaitingRun])
      expect(isThere(sha256)).toBe(true);
    for (const sha256 of [orphan, removed, inRemovedGraph, inRemovedRun]) expect(isThere(sha256)).toBe(false);
    expect(pruned).toMatchObject({ blobs: 4, bytes: expect.any(Number) });
    expect(await prune({ db, cache })).toMatchObject({ blobs: 0, bytes: 0 });
  });

  test('of a run that was put away stay while one of its results is kept', async () => {
    const { db } = made;
    const used = await blob('what a kept film was made of');
    const film = await blob('the film');
    const run = await endedRun(JSON.stringify(graphWith(used)), 100);
    const { id } = await upload(film);
    await db.asset.update({ where: { id }, data: { origin: 'result', runId: run } });
    await removeRun(db, viewer, run);
    await db.run.update({ where: { id: run }, data: { removedAt: new Date(Date.now() - 9 * day * 1000) } });
    await prune({ db, cache });
    expect([isThere(used), isThere(film)]).toEqual([true, true]);
    await putAway(id, 2);
    await prune({ db, cache });
    expect([isThere(used), isThere(film)]).toEqual([false, false]);
  });

  test('younger than a day stay, and so does one that came again, or that the cache names', async () => {
    const { db } = made;
    const young = await blob('young', 0.9);
    const again = await blob('again');
    await cache.files.write(Buffer.from('again'));
    const cached = await blob('a cached film');
    const file = { kind: 'file', sha256: cached, bytes: 13, mime: 'video/mp4', name: 'film.mp4' } as const;
    const end = cache.beginRun();
    await cache.settle({
      fingerprint: createHash('sha256').update('x').digest('hex'),
      type: 'muxer',
      work: 'muxer',
      seconds: 30,
      values: { video: file },
      signal: new AbortController().signal,
    });
    end();
    await prune({ db, cache });
    expect([isThere(young), isThere(again), isThere(cached)]).toEqual([true, true, true]);
  });

  test('that are not ours are left alone', async () => {
    const folder = `${cache.files.folder}/ab`;
    fs.mkdirSync(folder, { recursive: true });
    const outside = `${made.folder}/outside`;
    fs.writeFileSync(outside, 'x');
    const names = ['notes.txt', `ab${'0'.repeat(62)}`];
    fs.writeFileSync(`${folder}/${names[0]}`, 'x');
    fs.symlinkSync(outside, `${folder}/${names[1]}`);
    for (const one of [`${folder}/${names[0]}`, outside]) fs.utimesSync(one, 1, 1);
    await prune({ db: made.db, cache });
    expect(fs.readdirSync(folder).sort()).toEqual([...names].sort());
    expect(fs.existsSync(outside)).toBe(true);
  });

  test('a graph that is saved in the middle of it keeps its picture', async () => {
    const { db } = made;
    const sha256 = await blob('wanted at the last moment');
    let isSaved = false;
    // The real database; while its runs are looked through, after its graphs were, somebody saves one.
    const meddled = new Proxy(db, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'run') return typeof value === 'function' ? value.bind(target) : value;
        return {
          findMany: async (...all: Parameters<typeof db.run.findMany>) => {
            if (!isSaved) await createGraph(db, viewer, graphWith(sha256));
            isSaved = true;
            return db.run.findMany(...all);
          },
        };
      },
    });
    const other = await blob('wanted by nobody');
    await prune({ db: meddled, cache });
    expect([isSaved, isThere(sha256), isThere(other)]).toEqual([true, true, false]);
  });

  test('are removed so many at a time', async () => {
    for (let index = 0; index < 7; index++) await blob(`orphan ${index}`);
    const limits = { ...pruneLimits, most: 4, batch: 3 };
    expect((await prune({ db: made.db, cache }, limits)).blobs).toBe(4);
    expect((await prune({ db: made.db, cache }, limits)).blobs).toBe(3);
  });
});

describe('events', () => {
  test('of runs that ended long ago go, in batches; the runs stay, and the numbers go on', async () => {
    const { db } = made;
    const document = JSON.stringify(emptyGraph('run'));
    const old = await endedRun(document, 20);
    const recent = await endedRun(document, 10);
    const { id: waiting } = await enqueueRun(db, viewer, { name: 'run', document });
    await db.event.updateMany({ data: { at: new Date(0) } });
    const before = await lastSeq(db, viewer);
    expect((await prune({ db, cache }, { ...pruneLimits, batch: 2 })).events).toBe(3);
    const left = await db.event.groupBy({ by: ['runId'], _count: true });
    expect(Object.fromEntries(left.map((row) => [row.runId, row._count]))).toEqual({ [recent]: 3, [waiting]: 1 });
    expect(await getRun(db, viewer, old)).toMatchObject({ run: { state: 'done' } });
    expect(await lastSeq(db, viewer)).toBe(before);
  });

  test('the newest one stays, however old', async () => {
    const { db } = made;
    await endedRun(JSON.stringify(emptyGraph('run')), 20);
    const before = await lastSeq(db, viewer);
    expect((await prune({ db, cache })).events).toBe(2);
    expect(await lastSeq(db, viewer)).toBe(before);
  });
});

test('it happens by itself, soon after the start and again and again, and an error is told', async () => {
  const errors: unknown[] = [];
  const limits = { ...pruneLimits, firstMs: 20, everyMs: 50 };
  const daily = pruneDaily({ db: made.db, cache }, { limits, report: (error) => errors.push(error) });
  const first = await blob('one');
  await until(() => !isThere(first), 5000);
  const second = await blob('two');
  await until(() => !isThere(second), 5000);
  await daily.stop();
  const third = await blob('three');
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(isThere(third)).toBe(true);
  expect(errors).toEqual([]);
});
