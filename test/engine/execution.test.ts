import { describe, expect, test } from 'vitest';
import { dataFolder, numbers, openTestCache, runGraph, sketch } from './run-graph';

const mixing = (weight: number) =>
  sketch({
    one: ['source', { value: 0 }],
    two: ['source', { value: 1 }],
    mix: ['mix', { weight }, { a: 'one.out', b: 'two.out' }],
    save: ['show', {}, { in: 'mix.out' }],
  });

describe('what runs', () => {
  test('T2: the same graph twice: nothing runs, not even the output node', async () => {
    const cache = openTestCache();
    const first = await runGraph(mixing(0.5), cache);
    expect(first.outcome).toMatchObject({ state: 'done', ran: 4, reused: 0 });
    expect(await numbers(first, 'save')).toEqual([0.5, 0.5, 0.5, 0.5]);
    const second = await runGraph(mixing(0.5), cache);
    expect(second.ran).toEqual([]);
    expect(second.outcome).toMatchObject({ state: 'done', ran: 0, reused: 4 });
    expect(second.outcome.outputs.get('save')).toEqual(first.outcome.outputs.get('save'));
  });

  test('T3: only the weight changes: the sources do not run, mixer and output do', async () => {
    const cache = openTestCache();
    await runGraph(mixing(0.5), cache);
    const again = await runGraph(mixing(0.25), cache);
    expect(again.ran).toEqual(['mix', 'save']);
    expect(again.reused.sort()).toEqual(['one', 'two']);
    expect(await numbers(again, 'save')).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('T19, T24, T25: two outputs on one input both come; of three only those asked for run', async () => {
    const graph = sketch({
      a: ['source', { value: 1 }],
      b: ['source', { value: 2 }],
      c: ['source', { value: 3 }],
      save1: ['show', { label: '1' }, { in: 'a.out' }],
      save2: ['show', { label: '2' }, { in: 'b.out' }],
      save3: ['show', { label: '3' }, { in: 'c.out' }],
      also1: ['show', { label: 'also' }, { in: 'a.out' }],
    });
    const cache = openTestCache();
    const part = await runGraph(graph, cache, { targets: ['save1', 'save3'] });
    expect(part.ran.sort()).toEqual(['a', 'c', 'save1', 'save3']);
    expect(part.plan.nodes.get('b')?.state).toBe('unused');
    expect([...part.outcome.outputs.keys()]).toEqual(['save1', 'save3']);
    const all = await runGraph(graph, cache);
    expect(all.ran.sort()).toEqual(['also1', 'b', 'save2']);
    expect(all.outcome.outputs.size).toBe(4);
  });

  test('T26, T28: an output node upstream of the one asked for runs; others do not', async () => {
    const graph = sketch({
      a: ['source', { value: 1 }],
      b: ['source', { value: 2 }],
      save1: ['show', { label: '1' }, { in: 'a.out' }],
      save2: ['show', { label: '2' }, { in: 'save1.out' }],
      save3: ['show', { label: '3' }, { in: 'save2.out' }],
      save4: ['show', { label: '4' }, { in: 'b.out' }],
    });
    const { ran } = await runGraph(graph, openTestCache(), { targets: ['save2'] });
    expect(ran).toEqual(['a', 'save1', 'save2']);
  });

  test('T29: an empty list of outputs is refused, not taken for all; so is an unknown one', async () => {
    const none = await runGraph(mixing(0.5), openTestCache(), { targets: [] });
    expect(none.ran).toEqual([]);
    expect(none.outcome.state).toBe('failed');
    expect(none.outcome.failures[0]?.says).toContain('No output is selected');
    const unknown = await runGraph(mixing(0.5), openTestCache(), { targets: ['ghost'] });
    expect(unknown.outcome.failures[0]?.says).toContain('"ghost"');
    const beside = await runGraph(mixing(0.5), openTestCache(), { targets: ['save', 'ghost'] });
    expect(beside.ran).toContain('save');
    expect(beside.outcome).toMatchObject({ state: 'failed', failures: [{ says: expect.stringContaining('"ghost"') }] });
  });

  test('T116: a graph without outputs says so', async () => {
    const { outcome, ran } = await runGraph(sketch({ a: ['source'] }), openTestCache());
    expect(ran).toEqual([]);
    expect(outcome.failures[0]?.says).toContain('Add an output');
  });

  test('T21, T43, T44: independent nodes that wait run side by side', async () => {
    const graph = sketch({
      a: ['wait', { milliseconds: 290, value: 0 }],
      b: ['wait', { milliseconds: 310, value: 1 }],
      c: ['wait', { milliseconds: 300, value: 1 }],
      ab: ['mix', {}, { a: 'a.out', b: 'b.out' }],
      abc: ['mix', {}, { a: 'ab.out', b: 'c.out' }],
      save: ['show', {}, { in: 'abc.out' }],
    });
    const done = await runGraph(graph, openTestCache());
    // One after the other they would take 0.9 s.
    expect(done.outcome.seconds).toBeLessThan(0.85);
    expect(await numbers(done, 'save')).toEqual([0.75, 0.75, 0.75, 0.75]);
  });

  test('many that wait for their turn are nothing Node has to warn of', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    const wide: Parameters<typeof sketch>[0] = {};
    for (let i = 0; i < 30; i++) {
      wide[`s${i}`] = ['source', { value: i }];
      wide[`show${i}`] = ['show', { label: `${i}` }, { in: `s${i}.out` }];
    }
    const { outcome } = await runGraph(sketch(wide), openTestCache());
    process.off('warning', hear);
    expect(outcome).toMatchObject({ state: 'done', ran: 60 });
    expect(warnings).toEqual([]);
  });

  test('nodes that compute take turns on the device, and a finished clip goes on before the next begins (U13)', async () => {
    const graph = sketch({
      a: ['compute', { milliseconds: 20, value: 1 }],
      b: ['compute', { milliseconds: 20, value: 2 }],
      a2: ['compute', {}, { in: 'a.out' }],
      b2: ['compute', { milliseconds: 5 }, { in: 'b.out' }],
      saveA: ['show', { label: 'a' }, { in: 'a2.out' }],
      saveB: ['show', { label: 'b' }, { in: 'b2.out' }],
    });
    let busy = 0;
    let most = 0;
    const computing = new Set(['a', 'b', 'a2', 'b2']);
    const done = await runGraph(graph, openTestCache(), {
      onEvent(event) {
        if (!('node' in event) || !computing.has(event.node ?? '')) return;
        if (event.type === 'node.started') most = Math.max(most, ++busy);
        if (event.type === 'node.done') busy--;
      },
    });
    expect(most).toBe(1);
    expect(done.ran.filter((node) => computing.has(node))).toEqual(['a', 'a2', 'b', 'b2']);
  });

  test('T42, T57: a chain of quick and slow nodes runs in order', async () => {
    const graph = sketch({
      black: ['source', { value: 0 }],
      white: ['source', { value: 1 }],
      first: ['mix', {}, { a: 'black.out', b: 'white.out' }],
      slow: ['wait', { milliseconds: 30 }, { in: 'first.out' }],
      second: ['mix', {}, { a: 'slow.out', b: 'black.out' }],
      slower: ['wait', { milliseconds: 40 }, { in: 'second.out' }],
      save: ['show', {}, { in: 'slower.out' }],
    });
    const done = await runGraph(graph, openTestCache());
    expect(done.ran.slice(-4)).toEqual(['slow', 'second', 'slower', 'save']);
    expect(await numbers(done, 'save')).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('T54: five slow nodes: the second time none runs, at once', async () => {
    const graph = sketch(
      Object.fromEntries(
        [0, 1, 2, 3, 4].flatMap((i) => [
          [`wait${i}`, ['wait', { milliseconds: 100, value: i }]],
          [`save${i}`, ['show', {}, { in: `wait${i}.out` }]],
        ]),
      ),
    );
    const cache = openTestCache();
    expect((await runGraph(graph, cache)).outcome).toMatchObject({ ran: 10, state: 'done' });
    const again = await runGraph(graph, cache);
    expect(again.outcome).toMatchObject({ ran: 0, state: 'done' });
    expect(again.outcome.seconds).toBeLessThan(0.1);
  });

  test('two nodes of one meaning are one piece of work, and both get its result', async () => {
    const graph = sketch({
      a: ['wait', { milliseconds: 10, value: 3 }],
      twin: ['wait', { milliseconds: 10, value: 3 }],
      mix: ['mix', {}, { a: 'a.out', b: 'twin.out' }],
      save: ['show', {}, { in: 'mix.out' }],
    });
    const done = await runGraph(graph, openTestCache());
    expect(done.ran).toEqual(['a', 'mix', 'save']);
    expect(done.reused).toEqual(['twin']);
    expect(await numbers(done, 'save')).toEqual([3, 3, 3, 3]);
  });

  test('T98: a chain of 2,000 nodes runs, and is reused, without exhausting the stack', async () => {
    const nodes: Parameters<typeof sketch>[0] = { n0: ['word'] };
    for (let i = 1; i < 2000; i++) nodes[`n${i}`] = ['word', {}, { in: `n${i - 1}.out` }];
    nodes.count = ['count', {}, { in: 'n1999.out' }];
    nodes.save = ['show', {}, { in: 'count.out' }];
    const cache = openTestCache();
    const first = await runGraph(sketch(nodes), cache);
    expect(first.outcome).toMatchObject({ state: 'done', ran: 2002 });
    expect(await numbers(first, 'save')).toEqual([2000]);
    expect((await runGraph(sketch(nodes), cache)).outcome).toMatchObject({ state: 'done', ran: 0 });
  });

  test('without looking (fresh), everything runs again and the results are stored', async () => {
    const cache = openTestCache();
    await runGraph(mixing(0.5), cache);
    const again = await runGraph(mixing(0.5), cache, { fresh: true });
    expect(again.outcome).toMatchObject({ state: 'done', ran: 4 });
    expect((await runGraph(mixing(0.5), cache)).outcome.ran).toBe(0);
  });

  test('T95: a cached output does not drag its uncached sources into running', async () => {
    const graph = (label: string) =>
      sketch({
        film: ['film', { count: 3, side: 1500 }],
        mean: ['brightness', {}, { frames: 'film.frames' }],
        save: ['show', { label }, { in: 'mean.out' }],
      });
    const cache = openTestCache(dataFolder(), { keepingSpeed: 1e5 });
    const first = await runGraph(graph('a'), cache);
    // On so slow a disk the film is quicker to make than to store, so it went with the run.
    expect(cache.look(first.plan.nodes.get('film')!.fingerprint!)).toBeNull();
    expect((await runGraph(graph('b'), cache)).ran).toEqual(['save']);
  });
});

describe('cycles and missing pieces', () => {
  test('T11: a circle of two, and a node that feeds itself: refused before anything runs', async () => {
    for (const graph of [
      sketch({
        a: ['mix', {}, { a: 'b.out', b: 'b.out' }],
        b: ['wait', {}, { in: 'a.out' }],
        save: ['show', {}, { in: 'a.out' }],
      }),
      sketch({ a: ['wait', {}, { in: 'a.out' }], save: ['show', {}, { in: 'a.out' }] }),
    ]) {
      const { ran, outcome } = await runGraph(graph, openTestCache());
      expect(ran).toEqual([]);
      expect(outcome.state).toBe('failed');
      expect(outcome.failures[0]).toMatchObject({ node: 'a', says: expect.stringContaining('circle') });
    }
  });

  test('T13, T119: one output is broken: the other is made all the same, and the run says what is wrong', async () => {
    const graph = sketch({
      a: ['source', { value: 1 }],
      good: ['show', {}, { in: 'a.out' }],
      bad: ['show', { label: 'bad' }, { in: 'gone.out' }],
    });
    const cache = openTestCache();
    const part = await runGraph(graph, cache);
    expect(part.ran).toEqual(['a', 'good']);
    expect(part.outcome.outputs.has('good')).toBe(true);
    expect(part.outcome).toMatchObject({ state: 'failed', failures: [{ node: 'bad' }, { node: 'bad' }] });
    const mended = await runGraph(
      { ...graph, nodes: [...graph.nodes, sketch({ gone: ['source', { value: 5 }] }).nodes[0]!] },
      cache,
    );
    expect(mended.ran).toEqual(['gone', 'bad']);
    expect(mended.outcome.state).toBe('done');
  });

  test('T106: a required input is missing in mid-graph: nothing of that branch runs, not even what comes before it', async () => {
    const graph = sketch({
      a: ['source'],
      mix: ['mix', {}, { a: 'a.out' }],
      after: ['wait', {}, { in: 'mix.out' }],
      save: ['show', {}, { in: 'after.out' }],
    });
    const { ran, outcome, plan } = await runGraph(graph, openTestCache());
    expect(ran).toEqual([]);
    expect(outcome).toMatchObject({ state: 'failed', failures: [{ node: 'mix', says: expect.stringMatching(/"B"/) }] });
    expect(['mix', 'after', 'save'].map((id) => plan.nodes.get(id)?.state)).toEqual(['blocked', 'blocked', 'blocked']);
  });

  test('T115: a node of unknown type, and one of a newer version, are named; nothing runs', async () => {
    const graph = mixing(0.5);
    graph.nodes.find(({ id }) => id === 'mix')!.type = 'crystal-ball';
    const unknown = await runGraph(graph, openTestCache());
    expect([unknown.ran, unknown.outcome.failures[0]?.node]).toEqual([[], 'mix']);
    const newer = mixing(0.5);
    newer.nodes.find(({ id }) => id === 'one')!.version = 9;
    const { ran, outcome } = await runGraph(newer, openTestCache());
    expect(ran).toEqual([]);
    expect(outcome.failures[0]).toMatchObject({ node: 'one', says: expect.stringContaining('newer') });
  });

  test('T108: a wire of the wrong kind is refused at the socket it leads to, and nothing runs', async () => {
    const graph = sketch({ a: ['word'], save: ['show', {}, { in: 'a.out' }] });
    const { ran, outcome } = await runGraph(graph, openTestCache());
    expect(ran).toEqual([]);
    expect(outcome.failures[0]).toMatchObject({ node: 'save', says: expect.stringMatching(/takes .* gives text/) });
  });

  test('a problem of a node that no output needs stops nothing', async () => {
    const graph = sketch({ a: ['source'], save: ['show', {}, { in: 'a.out' }], lost: ['mix', { weight: 7 }] });
    expect((await runGraph(graph, openTestCache())).outcome.state).toBe('done');
    const loose = { from: { node: 'a', port: 'out' }, to: { node: 'gone', port: 'in' } };
    const hanging = { ...graph, wires: [...graph.wires, loose] };
    expect((await runGraph(hanging, openTestCache())).outcome.state).toBe('done');
  });

  test('T5, T10: params out of range or NaN are refused at their node, and nothing runs', async () => {
    for (const weight of [2, -0.01, Number.NaN, Number.POSITIVE_INFINITY, 'half']) {
      const { ran, outcome } = await runGraph(mixing(weight as number), openTestCache());
      expect(ran).toEqual([]);
      expect(outcome.failures[0]?.node).toBe('mix');
    }
  });
});
