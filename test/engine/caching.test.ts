import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import type { RunHappening } from '../../nodes/events';
import { fingerprints } from '../../nodes/fingerprint';
import type { Graph } from '../../nodes/graph';
import type { ModelCard } from '../../nodes/values';
import { newerMix, testNodes } from './nodes-for-tests';
import { dataFolder, filesIn, twoBranches as graph, numbers, openTestCache, runGraph, sketch } from './run-graph';

describe('what the cache remembers', () => {
  test('after a restart everything is still there, and a change runs only what depends on it', async () => {
    const folder = dataFolder();
    await runGraph(graph(), openTestCache(folder));
    const again = await runGraph(graph(), openTestCache(folder));
    expect(again.outcome).toMatchObject({ ran: 0, state: 'done' });
    const changed = await runGraph(graph(0.25), openTestCache(folder));
    expect(changed.ran.sort()).toEqual(['all', 'half', 'mix', 'save']);
  });

  test('other ids, positions, titles and order of the same graph: nothing runs', async () => {
    const cache = openTestCache();
    const first = graph();
    await runGraph(first, cache);
    const renamed: Graph = {
      ...first,
      name: 'Another name',
      nodes: first.nodes.map((node) => ({ ...node, id: `other-${node.id}`, title: 'Mine' })).reverse(),
      wires: first.wires
        .map(({ from, to }) => ({
          from: { ...from, node: `other-${from.node}` },
          to: { ...to, node: `other-${to.node}` },
        }))
        .reverse(),
      layout: { ...first.layout, positions: { 'other-mix': { x: 4, y: 2 } } },
    };
    expect((await runGraph(renamed, cache)).outcome).toMatchObject({ ran: 0, state: 'done' });
  });

  test('a new version of a node: it and what follows it run, nothing else', async () => {
    const cache = openTestCache();
    await runGraph(graph(), cache);
    const migrated = graph();
    for (const node of migrated.nodes) if (node.type === 'mix') node.version = newerMix.version;
    const { ran } = await runGraph(migrated, cache, { nodes: { ...testNodes, mix: newerMix } });
    expect(ran.sort()).toEqual(['all', 'half', 'mix', 'save']);
  });

  test('another device: nodes that compute run again, the others do not', async () => {
    const cache = openTestCache();
    const both = sketch({
      a: ['source', { value: 1 }],
      b: ['compute', {}, { in: 'a.out' }],
      save: ['show', {}, { in: 'b.out' }],
    });
    await runGraph(both, cache, { device: 'cpu/fp32' });
    expect((await runGraph(both, cache, { device: 'cuda/fp16' })).ran).toEqual(['b', 'save']);
  });

  test('the bytes of a model change under the same name: its node has another fingerprint', () => {
    const loads = sketch({ m: ['model', { model: 'gosling' }] });
    const card = (digest: string) => ({ gosling: { digest } as ModelCard }); // all that a fingerprint asks for
    const print = (digest: string) =>
      fingerprints(loads, { params: { m: { model: 'gosling' } }, models: card(digest), device: 'cpu' }).m;
    expect(print('a'.repeat(64))).toBeDefined();
    expect(print('a'.repeat(64))).toBe(print('a'.repeat(64)));
    expect(print('a'.repeat(64))).not.toBe(print('b'.repeat(64)));
  });

  test('20 to 30 steps: nothing of the shorter run is reused, neither its clip nor the steps it was killed after', async () => {
    const going = (steps: number, failAt = -1) =>
      sketch({ s: ['steps', { steps, failAt }], save: ['show', {}, { in: 's.out' }] });
    const cache = openTestCache();
    await runGraph(going(20), cache);
    const longer = await runGraph(going(30), cache);
    expect(longer.ran).toEqual(['s', 'save']);
    expect(longer.events.find((event) => event.type === 'node.started')).toMatchObject({ resumedAt: undefined });
    // One that broke down after twelve steps has left them behind, for itself alone.
    const broken = await runGraph(going(20, 12), cache);
    expect(cache.resumesAt(broken.plan.nodes.get('s')!.fingerprint!)).toBe(12);
    const other = await runGraph(going(30, 25), cache);
    expect(other.plan.nodes.get('s')?.resumesAt).toBeUndefined();
    expect(other.events.find((event) => event.type === 'node.started')).toMatchObject({ resumedAt: undefined });
  });

  test('the same work split into two nodes: when the second changes, the steps of the first are reused', async () => {
    const split = (then: number) =>
      sketch({
        first: ['steps', { steps: 10 }],
        second: ['steps', { steps: then }, { in: 'first.out' }],
        save: ['show', {}, { in: 'second.out' }],
      });
    const cache = openTestCache();
    await runGraph(split(10), cache);
    const longer = await runGraph(split(20), cache);
    expect(longer.reused).toEqual(['first']);
    expect(longer.ran).toEqual(['second', 'save']);
  });

  test('two runs at once that share a beginning: it is computed by one of them, if the other comes while it is kept', async () => {
    const folder = dataFolder();
    const shared = (label: string) =>
      sketch({
        slow: ['compute', { milliseconds: 150, value: 7 }],
        between: ['wait', { milliseconds: 300 }, {}],
        mix: ['mix', {}, { a: 'between.out', b: 'slow.out' }],
        save: ['show', { label }, { in: 'mix.out' }],
      });
    let second: ReturnType<typeof runGraph> | undefined;
    const first = await runGraph(shared('a'), openTestCache(folder), {
      onEvent(event) {
        if (event.type === 'node.done' && event.node === 'slow') second = runGraph(shared('b'), openTestCache(folder));
      },
    });
    expect(first.ran).toContain('slow');
    expect((await second!).reused).toContain('slow');
  });

  test('two runs that share a beginning: the second takes it from the first; also when both go at once', async () => {
    const folder = dataFolder();
    const shared = (label: string) =>
      sketch({ slow: ['wait', { milliseconds: 80, value: 7 }], save: ['show', { label }, { in: 'slow.out' }] });
    await runGraph(shared('a'), openTestCache(folder));
    expect((await runGraph(shared('b'), openTestCache(folder))).ran).toEqual(['save']);
    const both = await Promise.all([1, 2, 3].map(() => runGraph(graph(), openTestCache(folder))));
    for (const one of both) expect(await numbers(one, 'save')).toEqual([0.5, 1, 1.5, 2, 2.5]);
  });

  test('another process finishes a node after the plan was made: it is not made twice', async () => {
    const folder = dataFolder();
    const late = sketch({
      first: ['wait', { milliseconds: 60, value: 1 }],
      second: ['wait', { milliseconds: 1 }, { in: 'first.out' }],
      save: ['show', {}, { in: 'second.out' }],
    });
    const rest = sketch({
      first: ['wait', { milliseconds: 60, value: 1 }],
      save: ['show', {}, { in: 'first.out' }],
    });
    await runGraph(rest, openTestCache(folder));
    // The plan is made with an empty memory, as if the other run had only now finished.
    const blind = openTestCache(folder);
    let looks = 0;
    const ran = await runGraph(late, { ...blind, look: (print) => (looks++ < 3 ? null : blind.look(print)) });
    expect(ran.ran).toEqual(['second', 'save']);
    expect(ran.reused).toEqual(['first']);
    expect(ran.outcome).toMatchObject({ state: 'done', ran: 2, reused: 1 });
  });

  test('a cached run reads no result, only looks whether it is there', async () => {
    const folder = dataFolder();
    await runGraph(graph(), openTestCache(folder));
    const values = filesIn(path.join(folder, 'cache', 'values'));
    expect(values.length).toBe(2); // the film, and the large clips, which are all alike
    for (const file of values) fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size, 0xee));
    expect((await runGraph(graph(), openTestCache(folder))).outcome).toMatchObject({ ran: 0, state: 'done' });
  });

  test('the time a node took is foretold for another seed, not for another amount of work', async () => {
    const cache = openTestCache();
    const working = (params: Record<string, unknown>) =>
      sketch({ c: ['compute', { milliseconds: 40, ...params }], save: ['show', {}, { in: 'c.out' }] });
    await runGraph(working({ seed: 1 }), cache);
    const foretold = async (params: Record<string, unknown>) =>
      (await runGraph(working(params), cache)).plan.nodes.get('c')!.seconds;
    expect(await foretold({ seed: 2 })).toBeGreaterThan(0.03);
    expect(await foretold({ seed: 2, milliseconds: 41 })).toBeUndefined();
  });

  test('frames are whole on disk before anyone sees them, and the plan foretells the time they took', async () => {
    const cache = openTestCache();
    const first = await runGraph(graph(), cache);
    const film = first.plan.nodes.get('film')!;
    expect(film.seconds).toBeUndefined();
    const value = await first.value('film', 'frames');
    if (value.kind !== 'frames') throw new Error(value.kind);
    const seen: number[] = [];
    for await (const frame of value.read()) seen.push(frame[0]!, frame.length);
    expect(seen).toEqual([0, 120_000, 1, 120_000, 2, 120_000, 3, 120_000, 4, 120_000]);
    const { plan } = await runGraph(graph(), cache, { fresh: true });
    expect(plan.nodes.get('film')!.seconds).toBeGreaterThan(0.009);
    expect(plan.seconds).toBeGreaterThan(0.009);
  });
});

test('every reused node is announced with what it holds, before anything runs', async () => {
  const cache = openTestCache();
  await runGraph(graph(), cache);
  const { events } = await runGraph(graph(0.1), cache);
  const kinds = events.map((event) => event.type);
  expect(kinds.indexOf('node.started')).toBeGreaterThan(kinds.lastIndexOf('node.reused'));
  const mean = events.find(
    (event): event is RunHappening & { type: 'node.reused' } => 'node' in event && event.node === 'mean',
  );
  expect(mean?.outputs.out).toMatchObject({
    kind: 'latent',
    facts: { space: 'test', channels: 1, frames: 1, height: 1, width: 5 },
  });
  expect(check(graph(), {}, testNodes).problems).toEqual([]);
});
