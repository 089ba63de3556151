import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { saveOutputs } from '../../server/cli/save-outputs';
import { openBlobs } from '../../server/store/blobs';
import { openCache } from '../../server/store/blobs-cache';
import { DiskFull } from '../../server/store/blobs-errors';
import { openDatabase } from '../../server/store/database';
import { migrate } from '../../server/store/migrate';
import { Stage, until } from '../queue/stage';
import { dataFolder, numbers, runGraph, sketch } from './run-graph';

/** A real volume of 2 MB. Mounting one takes root on Linux; elsewhere these tests cannot be done honestly. */
const mount = path.resolve(import.meta.dirname, '../../.skein/test-full-disk');
fs.mkdirSync(mount, { recursive: true });
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]).status === 0;

afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', mount]);
  fs.rmSync(mount, { recursive: true, force: true });
});

describe.skipIf(!isMounted)('R9: a full disk (needs root, to mount one)', () => {
  beforeAll(() => expect(fs.statfsSync(mount).blocks).toBeGreaterThan(0));
  const clear = () => {
    for (const name of fs.readdirSync(mount)) fs.rmSync(path.join(mount, name), { recursive: true, force: true });
  };
  const fill = (leave: number) => {
    const { bavail, bsize } = fs.statfsSync(mount);
    fs.writeFileSync(path.join(mount, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  };
  const filming = (count: number) =>
    sketch({
      before: ['steps', { steps: 3 }],
      kept: ['show', {}, { in: 'before.out' }],
      film: ['film', { count, side: 100 }],
      mean: ['brightness', {}, { frames: 'film.frames' }],
      save: ['show', {}, { in: 'mean.out' }],
    });

  test('a film that does not fit: the message names volume and size, no half file stays, other work is kept', async () => {
    clear();
    const cache = openCache(mount);
    const { outcome, events } = await runGraph(filming(200), cache);
    expect(outcome.state).toBe('failed');
    const says = outcome.failures[0]!.says;
    expect(says).toMatch(/The disk is full: writing 6\.0 MB to .*test-full-disk.* MB free.*Free some space/);
    expect(events.find((event) => event.type === 'node.failed')).toMatchObject({ node: 'film' });
    expect(fs.readdirSync(path.join(mount, 'cache', 'spool'))).toEqual([]);
    const { plan } = await runGraph(filming(20), cache);
    expect(plan.nodes.get('kept')?.state).toBe('cached');
  });

  test('clips that cannot be kept still reach the end of the run; after space is freed all is as before', async () => {
    clear();
    const graph = sketch({
      big: ['source', { value: 2, size: 200_000 }],
      mean: ['mix', {}, { a: 'big.out', b: 'big.out' }],
      save: ['show', {}, { in: 'mean.out' }],
    });
    const cache = openCache(mount);
    fill(60_000);
    const full = await runGraph(graph, cache);
    expect(full.outcome.state).toBe('done');
    fs.rmSync(path.join(mount, 'filler'));
    const after = await runGraph(graph, cache);
    expect(after.outcome.state).toBe('done');
    expect((await numbers(after, 'save'))[7]).toBe(2);
    expect((await runGraph(graph, cache)).outcome.ran).toBe(0);
  });

  test('older results make room for new ones', async () => {
    clear();
    const cache = openCache(mount);
    const film = (count: number) =>
      sketch({
        film: ['film', { count, side: 100, milliseconds: 3 }],
        mean: ['brightness', {}, { frames: 'film.frames' }],
        save: ['show', {}, { in: 'mean.out' }],
      });
    await runGraph(film(40), cache); // 1.2 of 2 MB
    const second = await runGraph(film(45), cache);
    expect(second.outcome).toMatchObject({ state: 'done' });
    expect((await numbers(second, 'mean')).length).toBe(45);
  });

  test('50 random budgets: whatever fails says so, and never is a wrong result served', async () => {
    for (let round = 0; round < 50; round++) {
      clear();
      fill(((round * 7919) % 100) * 4000);
      const cache = openCache(mount);
      const first = await runGraph(filming(10), cache).catch((error: unknown) => error);
      if (first instanceof Error) expect(first).toMatchObject({ code: expect.stringMatching(/ENOSPC|DISK_FULL/) });
      fs.rmSync(path.join(mount, 'filler'));
      const again = await runGraph(filming(10), cache);
      expect(again.outcome.state).toBe('done');
      expect(await numbers(again, 'mean')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test('a finished film that does not fit where the user wants it: the message says what to do, no half film has a name', async () => {
    clear();
    const elsewhere = openBlobs(path.join(dataFolder(), 'blobs'));
    const { sha256, bytes } = await elsewhere.write(Buffer.alloc(3e6, 7));
    const file = { sha256, bytes, mime: 'video/mp4', name: 'film.mp4' };
    const outputs = new Map([['muxer', { video: { kind: 'file', facts: {}, file } as const }]]);
    const outcome = { state: 'done', seconds: 0, ran: 0, reused: 0, outputs, failures: [] } as const;
    const saving = saveOutputs({ ...outcome, failures: [] }, { folder: path.join(mount, 'films') }, elsewhere);
    await expect(saving).rejects.toThrow(/The disk is full: .*films has .* MB free.*another --out/);
    expect(fs.readdirSync(path.join(mount, 'films'))).toEqual([]);
    expect((await elsewhere.read(sha256)).length).toBe(3e6);
  });

  test('the database cannot grow: what the worker tells waits, and nothing of it is lost once there is room', async () => {
    clear();
    const url = `file:${path.join(mount, 'skein.db')}`;
    await migrate(url);
    const db = await openDatabase(url);
    const stage = await new Stage(db).open();
    onTestFinished(async () => {
      await stage.close();
      await db.$disconnect();
    });
    const words = 'x'.repeat(300_000);
    stage.worker((computer, message) => {
      if (message.type !== 'start') return;
      const { run, token } = message.order;
      fill(0);
      const event = { type: 'node.failed', node: 'denoiser', says: words, detail: words } as const;
      computer.events.onMessage({ type: 'event', run, token, event });
      computer.end(message.order, 'done');
    });
    const id = await stage.enqueue();
    await until(() => stage.errors.length > 0);
    expect(await stage.state(id)).toMatchObject({ state: 'running', attempt: 1 });
    fs.rmSync(path.join(mount, 'filler'));
    expect(await stage.ended(id)).toBe('done');
    expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'node.failed', 'run.done']);
  });

  test('a blob that does not fit leaves nothing behind', async () => {
    clear();
    const blobs = openBlobs(path.join(mount, 'blobs'));
    await expect(blobs.write(Buffer.alloc(3e6))).rejects.toBeInstanceOf(DiskFull);
    expect(fs.readdirSync(path.join(mount, 'blobs'))).toEqual(['tmp']);
    expect(fs.readdirSync(path.join(mount, 'blobs', 'tmp'))).toEqual([]);
  });
});
