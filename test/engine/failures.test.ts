import { describe, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { numbers, openTestCache, runGraph, sketch } from './run-graph';

const failed = (events: RunHappening[]) =>
  events.find((event): event is RunHappening & { type: 'node.failed' } => event.type === 'node.failed');

describe('when a node fails', () => {
  test('T4, T48: clips of different size: the failing node is named, with its words and the sizes of its inputs', async () => {
    const graph = sketch({
      a: ['source', { size: 512 }],
      b: ['source', { size: 256 }],
      mix: ['mix', {}, { a: 'a.out', b: 'b.out' }],
      save: ['show', {}, { in: 'mix.out' }],
    });
    const { outcome, events } = await runGraph(graph, openTestCache());
    expect(outcome.state).toBe('failed');
    expect(failed(events)).toMatchObject({ node: 'mix', says: 'One has 512 numbers, the other 256.' });
    expect(failed(events)?.detail).toContain('a: latent [1, 1, 1, 512]');
    expect(events.at(-1)).toMatchObject({ type: 'run.failed', node: 'mix' });
  });

  test('T51, T62: a failed node is not cached: it is tried again, and what was finished before it is not', async () => {
    const cache = openTestCache();
    const graph = sketch({
      a: ['wait', { milliseconds: 20 }],
      f: ['fail', {}, { in: 'a.out' }],
      save: ['show', {}, { in: 'f.out' }],
    });
    await runGraph(graph, cache);
    const again = await runGraph(graph, cache);
    expect(again.ran).toEqual(['f']);
    expect(again.reused).toEqual(['a']);
    const other = await runGraph(sketch({ a: ['source'], save: ['show', {}, { in: 'a.out' }] }), cache);
    expect(other.outcome.state).toBe('done');
  });

  test('T52, T60, T74: a branch fails while another is under way: the other is finished and kept, then the run fails', async () => {
    const cache = openTestCache();
    const graph = sketch({
      f: ['fail', { milliseconds: 10 }],
      lost: ['show', {}, { in: 'f.out' }],
      slow: ['wait', { milliseconds: 120, value: 3 }],
      after: ['wait', { milliseconds: 5 }, { in: 'slow.out' }],
      save: ['show', {}, { in: 'after.out' }],
    });
    const done = await runGraph(graph, cache);
    expect(done.outcome).toMatchObject({ state: 'failed', failures: [{ node: 'f' }] });
    expect([...done.outcome.outputs.keys()]).toEqual(['save']);
    expect(await numbers(done, 'save')).toEqual([3, 3, 3, 3]);
    expect(done.events.filter((event) => event.type === 'run.failed')).toHaveLength(1);
    expect(done.ran).not.toContain('lost');
    expect((await runGraph(graph, cache)).ran).toEqual(['f']);
  });

  test('two branches fail: the run fails with the first cause, and both are told', async () => {
    const graph = sketch({
      late: ['fail', { milliseconds: 60, says: 'second' }],
      early: ['fail', { milliseconds: 5, says: 'first' }],
      save1: ['show', { label: '1' }, { in: 'late.out' }],
      save2: ['show', { label: '2' }, { in: 'early.out' }],
    });
    const { events, outcome } = await runGraph(graph, openTestCache());
    expect(outcome.failures.map(({ node }) => node)).toEqual(['early', 'late']);
    expect(events.at(-1)).toEqual({ type: 'run.failed', node: 'early', says: 'first.' });
  });

  test('T69: with targets, the failure of a branch that was not asked for is not even met', async () => {
    const graph = sketch({
      f: ['fail'],
      lost: ['show', { label: 'lost' }, { in: 'f.out' }],
      a: ['source'],
      save: ['show', {}, { in: 'a.out' }],
    });
    const { ran, outcome } = await runGraph(graph, openTestCache(), { targets: ['save'] });
    expect(ran).toEqual(['a', 'save']);
    expect(outcome.state).toBe('done');
  });

  test('T72, T75: what a failed run has, cached results included, it has; with no output left it has none', async () => {
    const cache = openTestCache();
    const good = { a: ['source', { value: 4 }], save: ['show', {}, { in: 'a.out' }] } as const;
    await runGraph(sketch({ a: [...good.a], save: [...good.save] }), cache);
    const both = sketch({
      a: [...good.a],
      save: [...good.save],
      f: ['fail'],
      lost: ['show', { label: 'lost' }, { in: 'f.out' }],
    });
    const part = await runGraph(both, cache);
    expect(part.outcome).toMatchObject({ state: 'failed', reused: 2, ran: 0 });
    expect([...part.outcome.outputs.keys()]).toEqual(['save']);
    const none = await runGraph(sketch({ f: ['fail'], lost: ['show', {}, { in: 'f.out' }] }), cache);
    expect(none.outcome).toMatchObject({ state: 'failed', outputs: new Map() });
  });

  test('T67: a node with one failed source and one slow one does not run, and nothing hangs', async () => {
    const graph = sketch({
      f: ['fail'],
      slow: ['wait', { milliseconds: 40 }],
      mix: ['mix', {}, { a: 'f.out', b: 'slow.out' }],
      save: ['show', {}, { in: 'mix.out' }],
    });
    const { ran, outcome } = await runGraph(graph, openTestCache());
    expect(ran.sort()).toEqual(['f', 'slow']);
    expect(outcome.failures).toHaveLength(1);
  });

  test('T50, T51: a node that gives up waiting has failed, and the run is not taken for cancelled; the next one works', async () => {
    const cache = openTestCache();
    const graph = sketch({ f: ['impatient'], save: ['show', {}, { in: 'f.out' }] });
    const { outcome, events } = await runGraph(graph, cache);
    expect(outcome.state).toBe('failed');
    expect(failed(events)).toMatchObject({ node: 'f', says: expect.stringMatching(/timeout\.$/) });
    const next = await runGraph(sketch({ a: ['source'], save: ['show', {}, { in: 'a.out' }] }), cache);
    expect(next.outcome.state).toBe('done');
  });

  test('T56: what nodes held is free again, also after they failed or were cancelled', async () => {
    const cache = openTestCache();
    const five = sketch(
      Object.fromEntries(
        [0, 1, 2, 3, 4].flatMap((i) => [
          [`hold${i}`, ['hold', { resource: `device ${i}` }]],
          [`save${i}`, ['show', { label: `${i}` }, { in: `hold${i}.out` }]],
        ]),
      ),
    );
    const abort = new AbortController();
    let begun = 0;
    const cut = await runGraph(five, cache, {
      signal: abort.signal,
      onEvent: (event) => void (event.type === 'node.started' && ++begun === 5 && abort.abort()),
    });
    expect([cut.outcome.state, begun]).toEqual(['cancelled', 5]);
    expect((await runGraph(five, cache)).outcome).toMatchObject({ state: 'done', ran: 10 });
    expect((await runGraph(five, cache)).outcome).toMatchObject({ state: 'done', ran: 0 });
    expect((await runGraph(five, cache, { fresh: true })).outcome).toMatchObject({ state: 'done', ran: 10 });
    const twice = sketch({
      a: ['hold', { resource: 'one', milliseconds: 60 }],
      b: ['hold', { resource: 'one', milliseconds: 61 }],
      saveA: ['show', { label: 'a' }, { in: 'a.out' }],
      saveB: ['show', { label: 'b' }, { in: 'b.out' }],
    });
    expect((await runGraph(twice, cache)).outcome).toMatchObject({
      state: 'failed',
      failures: [{ says: 'one is in use.' }],
    });
    expect((await runGraph(twice, cache)).outcome.state).toBe('done');
  });

  test.each([
    ['kind', /must be of kind latent, and the node gave text/],
    ['missing', /gave nothing/],
    ['length', /\[1, 1, 2, 4\] and holds 4 numbers/],
    ['nan', /contains NaN \(number 2 of 4\).*Lower the guidance/],
    ['space', /came out with space elsewhere, and test was foreseen/],
  ])('U7, T71: a result that breaks its promise (%s) is refused, named and not kept', async (how, says) => {
    const cache = openTestCache();
    const graph = sketch({ w: ['wrong', { how }], save: ['show', {}, { in: 'w.out' }] });
    const { outcome, plan } = await runGraph(graph, cache);
    expect(outcome.failures[0]?.says).toMatch(says);
    expect(cache.look(plan.nodes.get('w')!.fingerprint!)).toBeNull();
  });

  test.each([
    [3, /5 frames were promised and 3 came/],
    [9, /5 frames were promised and more came/],
  ])('a film that gives %i of 5 frames fails where it is made, and leaves no file', async (gives, says) => {
    const cache = openTestCache();
    const graph = sketch({
      film: ['film', { gives }],
      mean: ['brightness', {}, { frames: 'film.frames' }],
      save: ['show', {}, { in: 'mean.out' }],
    });
    const { outcome, events } = await runGraph(graph, cache);
    expect(outcome.failures[0]?.says).toMatch(says);
    expect(failed(events)?.node).toBe('film');
    expect((await cache.size()).bytes).toBe(0);
  });

  test('nodes of one meaning fail together', async () => {
    const graph = sketch({
      f: ['fail'],
      twin: ['fail'],
      mix: ['mix', {}, { a: 'f.out', b: 'twin.out' }],
      save: ['show', {}, { in: 'mix.out' }],
    });
    const { events } = await runGraph(graph, openTestCache());
    expect(events.flatMap((event) => (event.type === 'node.failed' ? event.node : []))).toEqual(['f', 'twin']);
  });
});
