import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openCache } from '../../server/store/blobs-cache';
import { openCheckpoints } from '../../server/store/blobs-checkpoints';
import { dataFolder, numbers, openTestCache, runGraph, sketch } from './run-graph';

const going = (params: Record<string, unknown>) =>
  sketch({ s: ['steps', { size: 50, ...params }], save: ['show', {}, { in: 's.out' }] });

describe('cancel', () => {
  test('stops within one step, keeps the last step, and the next run goes on to the very same numbers', async () => {
    const whole = await numbers(await runGraph(going({ steps: 30, milliseconds: 5 }), openTestCache()), 's');
    const folder = dataFolder();
    const abort = new AbortController();
    let at = 0;
    const cut = await runGraph(going({ steps: 30, milliseconds: 5 }), openTestCache(folder), {
      signal: abort.signal,
      onEvent(event) {
        if (event.type === 'node.progress' && event.done >= 10 && !at) {
          at = event.done;
          abort.abort();
        }
      },
    });
    expect(cut.outcome.state).toBe('cancelled');
    expect(cut.events.at(-1)?.type).toBe('run.cancelled');
    expect(cut.events.some((event) => event.type === 'node.failed')).toBe(false);
    const resumed = await runGraph(going({ steps: 30, milliseconds: 5 }), openTestCache(folder));
    const { state, resumesAt = 0 } = resumed.plan.nodes.get('s')!;
    expect(state).toBe('will-run');
    // The news of a step may come during the next one, which is then finished.
    expect(resumesAt - at).toBeGreaterThanOrEqual(0);
    expect(resumesAt - at).toBeLessThanOrEqual(1);
    expect(resumed.events.find((event) => event.type === 'node.started')).toMatchObject({ resumedAt: resumesAt });
    expect(await numbers(resumed, 's')).toEqual(whole);
    expect(fs.readdirSync(path.join(folder, 'checkpoints'))).toEqual([]);
  });

  test('ends waiting work at once, starts nothing more, and what was finished stays', async () => {
    const cache = openTestCache();
    const graph = sketch({
      quick: ['wait', { milliseconds: 1 }],
      long: ['wait', { milliseconds: 5000 }, { in: 'quick.out' }],
      never: ['compute', {}, { in: 'long.out' }],
      save: ['show', {}, { in: 'never.out' }],
    });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    const cut = await runGraph(graph, cache, { signal: abort.signal });
    expect(cut.outcome.state).toBe('cancelled');
    expect(cut.outcome.seconds).toBeLessThan(2);
    expect(cut.ran).toEqual(['quick', 'long']);
    expect(
      (await runGraph(sketch({ quick: ['wait', { milliseconds: 1 }], save: ['show', {}, { in: 'quick.out' }] }), cache))
        .ran,
    ).toEqual(['save']);
  });

  test('work that waits for the device when the run is cancelled never begins', async () => {
    const abort = new AbortController();
    const graph = sketch({
      a: ['compute', { milliseconds: 120, value: 1 }],
      b: ['compute', { milliseconds: 120, value: 2 }],
      saveA: ['show', { label: 'a' }, { in: 'a.out' }],
      saveB: ['show', { label: 'b' }, { in: 'b.out' }],
    });
    const cut = await runGraph(graph, openTestCache(), {
      signal: abort.signal,
      onEvent: (event) => void (event.type === 'node.started' && setTimeout(() => abort.abort(), 20)),
    });
    expect(cut.outcome.state).toBe('cancelled');
    expect(cut.ran).toEqual(['a']);
  });

  test('T104: a cancel that comes after the end changes nothing', async () => {
    const abort = new AbortController();
    const done = await runGraph(going({ steps: 2 }), openTestCache(), {
      signal: abort.signal,
      onEvent: (event) => void (event.type === 'run.done' && abort.abort()),
    });
    expect(done.outcome.state).toBe('done');
  });

  test('in the middle of a film: no half of it is kept, no file is left', async () => {
    const folder = dataFolder();
    const abort = new AbortController();
    const graph = sketch({
      film: ['film', { count: 400, milliseconds: 2 }],
      mean: ['brightness', {}, { frames: 'film.frames' }],
      save: ['show', {}, { in: 'mean.out' }],
    });
    setTimeout(() => abort.abort(), 150);
    const cut = await runGraph(graph, openTestCache(folder), { signal: abort.signal });
    expect(cut.outcome.state).toBe('cancelled');
    expect(fs.readdirSync(path.join(folder, 'cache', 'spool'))).toEqual([]);
    expect((await openTestCache(folder).size()).bytes).toBe(0);
  });
});

describe('resume', () => {
  test('a step that fails keeps the steps before it: the next try begins there', async () => {
    const folder = dataFolder();
    const graph = going({ steps: 12, failAt: 7 });
    await runGraph(graph, openTestCache(folder));
    const again = await runGraph(graph, openTestCache(folder));
    expect(again.events.find((event) => event.type === 'node.started')).toMatchObject({ resumedAt: 7 });
  });

  test('a damaged checkpoint is not believed: the node starts from the beginning', async () => {
    const folder = dataFolder();
    const graph = going({ steps: 12, failAt: 7 });
    await runGraph(graph, openTestCache(folder));
    const checkpoints = path.join(folder, 'checkpoints');
    const file = path.join(checkpoints, fs.readdirSync(checkpoints)[0]!);
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 3]! ^= 1;
    fs.writeFileSync(file, bytes);
    const print = path.basename(file, '.safetensors');
    expect(await openCheckpoints(checkpoints).load(print)).toBeNull();
    fs.truncateSync(file, 20);
    expect(openCheckpoints(checkpoints).peek(print)).toBeNull();
    expect((await runGraph(graph, openTestCache(folder))).outcome.state).toBe('failed');
  });

  test('a fresh run (without looking) ignores what a killed run left', async () => {
    const cache = openTestCache();
    const graph = going({ steps: 12, failAt: 7 });
    await runGraph(graph, cache);
    const again = await runGraph(graph, cache, { fresh: true });
    expect(again.events.find((event) => event.type === 'node.started')).toMatchObject({ resumedAt: undefined });
  });

  test('state comes back bit for bit, also numbers that JSON does not know', async () => {
    const checkpoints = openCheckpoints(path.join(dataFolder(), 'checkpoints'));
    const print = 'ab'.repeat(32);
    const x = Float32Array.of(0.1, -0, Number.POSITIVE_INFINITY, 1e-45);
    const numbers = { sigma: 0.1 + 0.2, none: Number.NaN, far: Number.NEGATIVE_INFINITY, zero: -0 };
    await checkpoints.save(print, 4, { arrays: { x, empty: new Float32Array(0) }, numbers });
    const found = await checkpoints.load(print);
    expect(found?.index).toBe(4);
    expect(new Uint32Array(found!.state.arrays.x!.buffer)).toEqual(new Uint32Array(x.buffer));
    expect(found!.state.arrays.empty).toHaveLength(0);
    expect(found!.state.numbers).toEqual(numbers);
  });

  test('R1: killed with SIGKILL again and again, at any moment: it ends with the numbers of an unbroken run', async () => {
    const params = { steps: 60, milliseconds: 60, size: 20_000 };
    const unbroken = await numbers(await runGraph(going({ ...params, milliseconds: 0.5 }), openTestCache()), 's');
    const folder = dataFolder();
    const started: number[] = [];
    for (let round = 0; ; round++) {
      const child = fork(path.join(import.meta.dirname, 'run-in-child.ts'), [folder, JSON.stringify(going(params))], {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      let isDone = false;
      const begun = new Promise<void>((resolve) => {
        child.on('message', (message: { type: string; resumedAt?: number }) => {
          if (message.type === 'node.started') {
            started.push(message.resumedAt ?? 0);
            resolve();
          }
          if (message.type === 'run.done') isDone = true;
        });
        child.on('exit', () => resolve());
      });
      await begun;
      // The last round is left alone.
      if (round < 2) {
        await sleep(1300 + 300 * round);
        child.kill('SIGKILL');
      }
      await new Promise((resolve) =>
        child.exitCode === null && child.signalCode === null ? child.on('exit', resolve) : resolve(null),
      );
      if (isDone || round > 5) break;
    }
    expect(started.length).toBeGreaterThan(2);
    expect(started.slice(1, 3).every((step) => step > 0)).toBe(true);
    const after = await runGraph(going(params), openCache(folder));
    expect(after.outcome.ran).toBe(0);
    expect(await numbers(after, 's')).toEqual(unbroken);
  });
});
