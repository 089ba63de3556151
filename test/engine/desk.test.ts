import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDesk } from '../../server/engine/desk';
import { openSlots } from '../../server/engine/slots';
import { dataFolder, filesIn, numbers, openTestCache, runGraph, sketch } from './run-graph';

/** As two cells of a sweep: a text that both need, a denoising of their own, a decoding, a file. */
const cell = (value: number, steps = 6) =>
  sketch({
    text: ['compute', { milliseconds: 40, value: 7 }],
    denoise: ['steps', { steps, milliseconds: 8, size: 3 + value }, {}],
    decode: ['compute', { milliseconds: 20, seed: value }, { in: 'denoise.out' }],
    mix: ['mix', { weight: 0 }, { a: 'decode.out', b: 'decode.out' }],
    write: ['wait', { milliseconds: 60 }, { in: 'mix.out' }],
    save: ['show', {}, { in: 'write.out' }],
    seen: ['show', { label: 'text' }, { in: 'text.out' }],
  });

test('runs side by side: what they share is made once, and each has all its results', async () => {
  const [cache, desk] = [openTestCache(), openDesk()];
  const runs = await Promise.all([1, 2, 3].map((value) => runGraph(cell(value), cache, { desk })));
  expect(runs.map(({ outcome }) => outcome.state)).toEqual(['done', 'done', 'done']);
  expect(runs.flatMap(({ ran }) => ran).filter((node) => node === 'text')).toEqual(['text']);
  expect(runs.flatMap(({ ran }) => ran).filter((node) => node === 'denoise')).toHaveLength(3);
  // The last one alone, elsewhere, makes the same numbers.
  const alone = await runGraph(cell(3), openTestCache());
  expect(await numbers(runs[2]!, 'decode')).toEqual(await numbers(alone, 'decode'));
});

test('the device goes to the run that came first; what needs no device overlaps the next', async () => {
  const [cache, desk] = [openTestCache(), openDesk()];
  const order: string[] = [];
  const watched = (name: string, value: number) =>
    runGraph(cell(value), cache, {
      desk,
      onEvent: (event) =>
        (event.type === 'node.started' || event.type === 'node.done') &&
        order.push(`${name} ${event.node} ${event.type === 'node.done' ? 'done' : 'begun'}`),
    });
  await Promise.all([watched('first', 1), watched('second', 2)]);
  const at = (what: string) => order.indexOf(what);
  expect(at('first decode done')).toBeLessThan(at('second denoise begun'));
  expect(at('second denoise begun')).toBeLessThan(at('first write done'));
});

test('the one who makes it is cancelled: the other takes over from its last step, and ends at the same numbers', async () => {
  const [cache, desk] = [openTestCache(), openDesk()];
  const abort = new AbortController();
  const graph = sketch({
    denoise: ['steps', { steps: 12, milliseconds: 10 }],
    a: ['show', {}, { in: 'denoise.out' }],
  });
  const first = runGraph(graph, cache, {
    desk,
    signal: abort.signal,
    onEvent: (event) => event.type === 'node.progress' && event.done > 3 && abort.abort(),
  });
  const second = runGraph(graph, cache, { desk });
  expect((await first).outcome.state).toBe('cancelled');
  const { outcome, events } = await second;
  expect(outcome.state).toBe('done');
  const begun = events.find((event) => event.type === 'node.started' && event.node === 'denoise');
  expect(begun).toMatchObject({ resumedAt: expect.any(Number) });
  const alone = await runGraph(graph, openTestCache());
  expect(await numbers(await second, 'denoise')).toEqual(await numbers(alone, 'denoise'));
});

test('one who only waits for another is cancelled at once; a failure is each run’s own', async () => {
  const [cache, desk] = [openTestCache(), openDesk()];
  const abort = new AbortController();
  const slow = sketch({ c: ['compute', { milliseconds: 400 }], s: ['show', {}, { in: 'c.out' }] });
  const first = runGraph(slow, cache, { desk });
  const second = runGraph(slow, cache, { desk, signal: abort.signal });
  await new Promise((go) => setTimeout(go, 50));
  const asked = performance.now();
  abort.abort();
  expect((await second).outcome.state).toBe('cancelled');
  expect(performance.now() - asked).toBeLessThan(200);
  expect((await first).outcome.state).toBe('done');

  const broken = sketch({ f: ['fail', { milliseconds: 20 }], s: ['show', {}, { in: 'f.out' }] });
  const both = await Promise.all([runGraph(broken, cache, { desk }), runGraph(broken, cache, { desk })]);
  for (const { outcome } of both) expect(outcome).toMatchObject({ state: 'failed', failures: [{ node: 'f' }] });
});

test('a damaged result of one node that computes is made again for another that computes', async () => {
  const folder = dataFolder();
  const graph = (milliseconds: number) =>
    sketch({
      one: ['steps', { steps: 2, size: 3000 }],
      two: ['compute', { milliseconds }, { in: 'one.out' }],
      save: ['show', {}, { in: 'two.out' }],
    });
  const before = await numbers(await runGraph(graph(0), openTestCache(folder)), 'one');
  for (const file of filesIn(path.join(folder, 'cache', 'values'))) {
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file, bytes);
  }
  const again = await runGraph(graph(1), openTestCache(folder));
  expect(again.outcome.state).toBe('done');
  expect(await numbers(again, 'one')).toEqual(before);
}, 10_000);

test('who is next in line prepares while another works, and nobody behind', async () => {
  const slots = openSlots(1);
  const { signal } = new AbortController();
  const happened: string[] = [];
  const enter = (name: string, rank: number, work: () => Promise<void> = async () => {}) =>
    slots.run({ rank, signal, prepare: () => happened.push(`${name} prepares`) }, async () => {
      happened.push(`${name} works`);
      await work();
    });
  let end = () => {};
  const busy = new Promise<void>((resolve) => {
    end = resolve;
  });
  const first = enter('first', 0, () => busy);
  while (!happened.includes('first works')) await nextTurn();
  const rest = [enter('third', 5), enter('fourth', 9), enter('second', 3)];
  expect(happened).toEqual(['first prepares', 'first works', 'third prepares', 'second prepares']);
  end();
  await Promise.all([first, ...rest]);
  expect(happened.slice(4)).toEqual(['second works', 'fourth prepares', 'third works', 'fourth works']);
});
