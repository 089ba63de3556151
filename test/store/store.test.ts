import { describe, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { emptyGraph } from '../../nodes/graph';
import { outlineOf } from '../../nodes/outline';
import { getAsset, listAssets, removeAsset } from '../../server/store/assets';
import {
  attemptsAllowed,
  claimRun,
  enqueueRun,
  giveBack,
  recordHappenings,
  renewLease,
  requestCancel,
} from '../../server/store/attempts';
import type { Db, Viewer } from '../../server/store/database';
import { eventsAfter, eventsOfUnfinished, lastSeq } from '../../server/store/events';
import { createGraph, getGraph, listGraphs, listVersions, removeGraph, saveGraph } from '../../server/store/graphs';
import { newId } from '../../server/store/new-id';
import { getRun, listQueue, listRuns, removeRun } from '../../server/store/runs';
import { onBothDatabases } from './databases';

/** Every test is somebody else, so that none sees what another left. */
const somebody = (): Viewer => ({ ownerId: newId() });
const named = (name: string) => emptyGraph(name);
const document = JSON.stringify(named('run'));
const soon = () => new Date(Date.now() + 60_000);
const film: RunHappening = {
  type: 'node.done',
  node: 'muxer',
  seconds: 1.5,
  outputs: {
    video: {
      kind: 'file',
      facts: { width: 64, height: 32, frames: 9 },
      file: { sha256: 'a'.repeat(64), mime: 'video/mp4', bytes: 5_000_000_000, name: 'film.mp4' },
    },
  },
};

/** Claims until it is the turn of the wanted run: the queue is one for all owners. */
async function claim(db: Db, id: string) {
  for (;;) {
    const run = await claimRun(db, { worker: 'w', leaseUntil: soon() });
    if (!run) throw new Error('The run never came.');
    if (run.id === id) return run;
    await recordHappenings(db, run.token, [{ type: 'run.cancelled' }]);
  }
}

onBothDatabases((database) => {
  describe('graphs', () => {
    test('a late save loses nothing: both documents are kept, and the loser is told where', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await createGraph(db, viewer, named('first'));
      const mine = { id, graph: named('mine'), baseVersion: 1 };
      expect(await saveGraph(db, viewer, mine)).toEqual({ saved: true, version: 2 });
      const late = await saveGraph(db, viewer, { ...mine, graph: named('late') });
      expect(late).toMatchObject({ saved: false, current: 2, kept: 3, graph: { name: 'mine' } });
      expect((await getGraph(db, viewer, { id }))?.graph.name).toBe('mine');
      expect((await getGraph(db, viewer, { id, version: 3 }))?.graph.name).toBe('late');
      expect((await listVersions(db, viewer, id)).map(({ version, reason }) => [version, reason])).toEqual([
        [3, 'conflict'],
        [2, 'save'],
        [1, 'save'],
      ]);
      expect(await saveGraph(db, viewer, { ...mine, graph: named('next'), baseVersion: 2 })).toEqual({
        saved: true,
        version: 4,
      });
    });

    test('twelve tabs saving at once: one wins, every document is kept', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await createGraph(db, viewer, named('first'));
      const tabs = Array.from({ length: 12 }, (_, tab) => named(`tab ${tab}`));
      const saved = await Promise.all(tabs.map((graph) => saveGraph(db, viewer, { id, graph, baseVersion: 1 })));
      expect(saved.filter((one) => one?.saved)).toHaveLength(1);
      const versions = await listVersions(db, viewer, id);
      const names = await Promise.all(
        versions.map(async ({ version }) => (await getGraph(db, viewer, { id, version }))?.graph.name),
      );
      expect(names.sort()).toEqual(['first', ...tabs.map(({ name }) => name)].sort());
    });

    test('an unchanged document makes no version', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await createGraph(db, viewer, named('same'));
      expect(await saveGraph(db, viewer, { id, graph: named('same'), baseVersion: 1 })).toEqual({
        saved: true,
        version: 1,
      });
    });

    test('what belongs to somebody else is not there', async () => {
      const [db, owner, other] = [database(), somebody(), somebody()];
      const { id } = await createGraph(db, owner, named('mine'));
      expect(await getGraph(db, other, { id })).toBeNull();
      expect(await saveGraph(db, other, { id, graph: named('theirs'), baseVersion: 1 })).toBeNull();
      expect(await listVersions(db, other, id)).toEqual([]);
      expect(await removeGraph(db, other, id)).toBe(false);
      expect(await listGraphs(db, other)).toEqual([]);
      expect(await removeGraph(db, owner, id)).toBe(true);
      expect(await getGraph(db, owner, { id })).toBeNull();
    });
  });

  describe('attempts', () => {
    test('priority first, then the one that waits longest', async () => {
      const [db, viewer] = [database(), somebody()];
      const ids: string[] = [];
      for (const priority of [0, 5, 0, 5])
        ids.push((await enqueueRun(db, viewer, { name: 'r', document, priority })).id);
      const order = (await listQueue(db, viewer)).map(({ id }) => id);
      expect(order).toEqual([ids[1], ids[3], ids[0], ids[2]]);
      const claimed: string[] = [];
      for (let run = await claimRun(db, { worker: 'w', leaseUntil: soon() }); run; ) {
        if (run.ownerId === viewer.ownerId) claimed.push(run.id);
        run = await claimRun(db, { worker: 'w', leaseUntil: soon() });
      }
      expect(claimed).toEqual(order);
    });

    test('two who ask at once never get the same run', async () => {
      const [db, viewer] = [database(), somebody()];
      for (let i = 0; i < 6; i++) await enqueueRun(db, viewer, { name: 'r', document });
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, worker) => claimRun(db, { worker: `w${worker}`, leaseUntil: soon() })),
      );
      const ids = claims.flatMap((run) => run?.id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThanOrEqual(6);
    });

    test('what an attempt tells is stored whole: events in order, node runs, assets with their ids, the end', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await enqueueRun(db, viewer, { name: 'r', document });
      const { token } = await claim(db, id);
      const told: RunHappening[] = [
        { type: 'node.reused', node: 'text', outputs: {} },
        { type: 'node.started', node: 'muxer', resumedAt: 3 },
      ];
      await recordHappenings(db, token, told);
      const events = await recordHappenings(db, token, [film, { type: 'run.done', seconds: 2, ran: 1, reused: 1 }]);
      expect(events?.map(({ type }) => type)).toEqual(['node.done', 'run.done']);
      const run = await getRun(db, viewer, id);
      expect(run?.run).toMatchObject({ state: 'done', seconds: 2, ran: 1, reused: 1, attempt: 1 });
      expect(run?.nodes.map(({ node, state }) => [node, state]).sort()).toEqual([
        ['muxer', 'done'],
        ['text', 'reused'],
      ]);
      expect(run?.nodes.find(({ node }) => node === 'muxer')).toMatchObject({ resumedAt: 3, seconds: 1.5 });
      const asset = run?.nodes.find(({ node }) => node === 'muxer')?.outputs['video']?.file?.asset ?? '';
      expect(await getAsset(db, viewer, asset)).toMatchObject({
        ...{ runId: id, node: 'muxer', kind: 'video', bytes: 5_000_000_000, width: 64, frames: 9, origin: 'result' },
      });
      expect(await getAsset(db, somebody(), asset)).toBeNull();
      const stored = await eventsAfter(db, viewer, { seq: 0, limit: 100 });
      expect(stored.map(({ type }) => type)).toEqual([
        ...['run.queued', 'run.started', 'node.reused', 'node.started', 'node.done', 'run.done'],
      ]);
      expect(stored.map(({ seq }) => seq)).toEqual([...stored.map(({ seq }) => seq)].sort((a, b) => a - b));
      expect(stored.at(-2)).toEqual(events?.[0]);
      expect(await lastSeq(db, viewer)).toBe(stored.at(-1)?.seq);
      expect(await eventsOfUnfinished(db, viewer)).toEqual([]);
      expect((await listAssets(db, viewer, { limit: 10 })).assets).toHaveLength(1);
      const [listed] = (await listAssets(db, viewer, { limit: 10, outlined: true })).assets;
      expect(listed).toEqual({ ...(await getAsset(db, viewer, asset)), outline: outlineOf(named('run'), 'muxer') });
      expect(await removeAsset(db, viewer, asset)).toBe(true);
      expect((await listAssets(db, viewer, { limit: 10 })).assets).toHaveLength(0);
    });

    test('a zombie changes nothing: its token matches no row any more', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await enqueueRun(db, viewer, { name: 'r', document });
      const first = await claim(db, id);
      await giveBack(db, { token: first.token }, 'the worker fell silent.');
      await db.run.update({ where: { id }, data: { notBefore: null } });
      const second = await claim(db, id);
      expect(second).toMatchObject({ attempt: 2 });
      expect(second.token).not.toBe(first.token);
      expect(await recordHappenings(db, first.token, [film])).toBeNull();
      expect(await recordHappenings(db, first.token, [{ type: 'run.done', seconds: 1, ran: 1, reused: 0 }])).toBeNull();
      expect(await renewLease(db, first.token, soon())).toBe(false);
      expect(await getRun(db, viewer, id)).toMatchObject({ run: { state: 'running' }, nodes: [] });
      expect(
        await recordHappenings(db, second.token, [{ type: 'run.done', seconds: 1, ran: 0, reused: 0 }]),
      ).toHaveLength(1);
      expect(await recordHappenings(db, second.token, [{ type: 'run.cancelled' }])).toBeNull();
      expect((await getRun(db, viewer, id))?.run.state).toBe('done');
    });

    test('a run whose worker dies waits a while, and fails by name after the last attempt', async () => {
      const [db, viewer] = [database(), somebody()];
      const { id } = await enqueueRun(db, viewer, { name: 'r', document });
      for (let attempt = 1; attempt <= attemptsAllowed; attempt++) {
        await db.run.update({ where: { id }, data: { notBefore: null } });
        const { token } = await claim(db, id);
        await recordHappenings(db, token, [{ type: 'node.started', node: 'denoiser' }]);
        const events = await giveBack(db, { token }, 'the process crashed.');
        const isLast = attempt === attemptsAllowed;
        expect(events.map(({ type }) => type)).toEqual(isLast ? ['node.failed', 'run.failed'] : ['run.queued']);
        if (!isLast) expect(await claimRun(db, { worker: 'w', leaseUntil: soon() })).toBeNull();
      }
      const run = await getRun(db, viewer, id);
      expect(run?.run).toMatchObject({ state: 'failed', failedNode: 'denoiser', attempt: attemptsAllowed });
      expect(run?.run.says).toMatch(/3 times while running "denoiser": the process crashed\./);
      expect(run?.nodes[0]).toMatchObject({ node: 'denoiser', state: 'failed' });
    });

    test('cancel: waiting at once, running as a wish, ended not at all; a wish outlives a crash', async () => {
      const [db, viewer] = [database(), somebody()];
      const waiting = (await enqueueRun(db, viewer, { name: 'r', document })).id;
      expect(await requestCancel(db, somebody(), waiting)).toBeNull();
      expect(await requestCancel(db, viewer, waiting)).toMatchObject({ was: 'waiting' });
      expect(await requestCancel(db, viewer, waiting)).toEqual({ was: 'ended' });
      const { id } = await enqueueRun(db, viewer, { name: 'r', document });
      const { token } = await claim(db, id);
      expect(await requestCancel(db, viewer, id)).toEqual({ was: 'asked' });
      expect(await removeRun(db, viewer, id)).toBe(false);
      expect((await giveBack(db, { token }, 'killed.')).map(({ type }) => type)).toEqual(['run.cancelled']);
      expect((await getRun(db, viewer, id))?.run.state).toBe('cancelled');
      expect(await removeRun(db, viewer, id)).toBe(true);
      expect((await listRuns(db, viewer, { limit: 10 })).runs.map((run) => run.id)).toEqual([waiting]);
    });
  });

  test('lists come in pages without gaps or repetitions', async () => {
    const [db, viewer] = [database(), somebody()];
    const ids = await Promise.all(
      Array.from({ length: 7 }, async () => (await enqueueRun(db, viewer, { name: 'r', document })).id),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listRuns(db, viewer, { limit: 3, ...(cursor ? { cursor } : {}) });
      seen.push(...page.runs.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen.sort()).toEqual(ids.sort());
  });
});
