import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evictionOrder, isWorthKeeping } from '../../server/engine/cache';
import { openCache } from '../../server/store/blobs-cache';
import { dataFolder, openTestCache, runGraph, sketch } from './run-graph';

const day = 24 * 3600;
const entry = (name: string, about: { seconds: number; bytes: number; age?: number; pinned?: boolean }) => ({
  name,
  seconds: about.seconds,
  bytes: about.bytes,
  lastUsed: 1e9 - (about.age ?? 0),
  pinned: about.pinned ?? false,
});
const order = (entries: ReturnType<typeof entry>[], budget: number, spared: string[] = []) =>
  evictionOrder(entries, { budget, now: 1e9, spared: (one) => spared.includes(one.name) }).map(({ name }) => name);

describe('what is evicted', () => {
  test('cheap per byte goes first, whatever its size', () => {
    const entries = [
      entry('dear', { seconds: 100, bytes: 1e6 }),
      entry('cheap', { seconds: 1, bytes: 1e6 }),
      entry('large and dear', { seconds: 10_000, bytes: 1e8 }),
      entry('small and cheap', { seconds: 0.1, bytes: 2e5 }),
      // It took longest of all but one, and is the cheapest for the room it takes.
      entry('huge', { seconds: 500, bytes: 1e10 }),
    ];
    expect(order(entries, 0)).toEqual(['huge', 'small and cheap', 'cheap', 'dear', 'large and dear']);
  });

  test('only as much as is needed; nothing when all fit', () => {
    const entries = [1, 2, 3, 4].map((i) => entry(`${i}`, { seconds: i, bytes: 100 }));
    expect(order(entries, 400)).toEqual([]);
    expect(order(entries, 250)).toEqual(['1', '2']);
  });

  test('age wears worth down: after nine idle days an entry is worth an eighth', () => {
    const entries = [entry('old', { seconds: 7, bytes: 100, age: 9 * day }), entry('new', { seconds: 1, bytes: 100 })];
    expect(order(entries, 100)).toEqual(['old']);
    const longer = [entry('old', { seconds: 9, bytes: 100, age: 9 * day }), entry('new', { seconds: 1, bytes: 100 })];
    expect(order(longer, 100)).toEqual(['new']);
  });

  test('pinned and used entries never go, whatever the budget', () => {
    const anyEntry = fc.record({
      seconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
      bytes: fc.integer({ min: 1, max: 1e9 }),
      lastUsed: fc.integer({ min: 0, max: 1e9 }),
      pinned: fc.boolean(),
      inUse: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 40 }), fc.integer({ min: 0, max: 1e10 }), (entries, budget) => {
        const gone = new Set(evictionOrder(entries, { budget, now: 1e9, spared: (one) => one.inUse }));
        const kept = entries.filter((one) => !gone.has(one));
        expect([...gone].some((one) => one.pinned || one.inUse)).toBe(false);
        const movable = kept.filter((one) => !one.pinned && !one.inUse);
        const total = kept.reduce((sum, one) => sum + one.bytes, 0);
        // Over the budget only when there is nothing left that may go.
        expect(total <= budget || movable.length === 0).toBe(true);
      }),
    );
  });

  test('a result is kept when making it again takes longer than keeping it, and when it is small', () => {
    expect(isWorthKeeping(0, 1000)).toBe(true);
    expect(isWorthKeeping(0.01, 100e6)).toBe(false);
    expect(isWorthKeeping(5, 100e6)).toBe(true);
  });
});

describe('the budget of the cache', () => {
  const clips = (values: number[]) =>
    sketch(
      Object.fromEntries(
        values.flatMap((value) => [
          [`s${value}`, ['source', { value, size: 50_000 }]],
          [`save${value}`, ['show', { label: `${value}` }, { in: `s${value}.out` }]],
        ]),
      ),
    );
  const bytesOf = 200_000;

  test('stays below the budget over many runs, and what a run uses is not taken from it', async () => {
    const cache = openTestCache(dataFolder(), { budget: 10 * bytesOf });
    for (let value = 0; value < 24; value += 2) {
      const ran = await runGraph(clips([value, value + 1]), cache);
      expect(ran.outcome.state).toBe('done');
      // By itself, in the middle of runs: only what the run at hand has made comes on top.
      expect((await cache.size()).bytes).toBeLessThanOrEqual((10 + 2) * bytesOf * 1.01);
    }
    await cache.trim();
    expect((await cache.size()).bytes).toBeLessThanOrEqual(10 * bytesOf * 1.01);
    const again = await runGraph(clips([22, 23]), cache);
    expect(again.outcome.ran).toBe(0);
  });

  test('while a run lasts, what it used is spared, also from another process', async () => {
    const folder = dataFolder();
    const mine = openTestCache(folder);
    await runGraph(clips([1]), mine);
    // File times are coarse: what was made before the run must be seen to be older than it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const end = mine.beginRun();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await runGraph(clips([1]), mine);
    const other = openCache(folder, { budget: 0 });
    expect(await other.trim()).toBeGreaterThan(0);
    expect((await runGraph(clips([1]), mine)).outcome.ran).toBe(0);
    end();
    expect(await other.trim()).toBe(0);
    expect((await runGraph(clips([1]), mine)).outcome.ran).toBe(2);
  });

  test('a pinned result outlives any trim; unpinned it goes', async () => {
    const cache = openTestCache();
    const { plan } = await runGraph(clips([1, 2]), cache);
    const print = plan.nodes.get('s1')!.fingerprint!;
    expect(cache.pin(print, true)).toBe(true);
    await cache.trim(0);
    expect(cache.look(print)).not.toBeNull();
    expect(cache.look(plan.nodes.get('s2')!.fingerprint!)).toBeNull();
    expect(await cache.size()).toMatchObject({ entries: 1, pinned: 1 });
    cache.pin(print, false);
    await cache.trim(0);
    expect(cache.look(print)).toBeNull();
    expect(cache.pin('f'.repeat(64), true)).toBe(false);
  });

  test('films and uploads are not the cache’s: a trim to nothing leaves them', async () => {
    const cache = openTestCache();
    const { sha256 } = await cache.files.write(Buffer.from('a film'));
    await cache.trim(0);
    expect((await cache.files.read(sha256)).toString()).toBe('a film');
  });

  test('what killed processes left behind is removed, what living ones use is not', async () => {
    const folder = dataFolder();
    const cache = openTestCache(folder);
    await runGraph(clips([1]), cache);
    const values = path.join(folder, 'cache', 'values');
    const orphan = path.join(values, 'ab', 'ab'.repeat(32));
    const young = path.join(values, 'cd', 'cd'.repeat(32));
    const film = cache.files.scratch('.mp4');
    const filming = cache.files.scratch('.mp4');
    for (const file of [orphan, young, film, filming]) {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, 'left');
    }
    const longAgo = new Date(Date.now() - 5 * 3600e3);
    fs.utimesSync(orphan, longAgo, longAgo);
    const days = new Date(Date.now() - 48 * 3600e3);
    fs.utimesSync(film, days, days);
    // What the film's writer kept beside it.
    const beside = cache.files.scratch();
    fs.mkdirSync(beside);
    fs.writeFileSync(path.join(beside, 'tags'), 'left');
    fs.utimesSync(beside, days, days);
    await cache.trim();
    expect([film, filming, beside].map((file) => fs.existsSync(file))).toEqual([false, true, false]);
    expect(fs.existsSync(orphan)).toBe(false);
    expect(fs.existsSync(young)).toBe(true);
    expect((await runGraph(clips([1]), cache)).outcome.ran).toBe(0);
  });

  test('a cache that cannot be tidied up costs no run', async () => {
    const folder = dataFolder();
    const cache = openTestCache(folder);
    // A folder where a file of ours would be: it can neither be read nor removed as one.
    fs.mkdirSync(path.join(folder, 'cache', 'entries', 'ab', `${'ab'.repeat(32)}.json`), { recursive: true });
    const longAgo = new Date(Date.now() - 5 * 3600e3);
    fs.utimesSync(path.join(folder, 'cache', 'entries', 'ab', `${'ab'.repeat(32)}.json`), longAgo, longAgo);
    await expect(cache.trim()).rejects.toThrow(/directory/);
    for (const clip of [1, 2, 3]) expect((await runGraph(clips([clip]), cache)).outcome.state).toBe('done');
  });
});
