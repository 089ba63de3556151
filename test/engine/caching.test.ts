import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import type { RunHappening } from '../../nodes/events';
import { fingerprints } from '../../nodes/fingerprint';
import type { Graph } from '../../nodes/graph';
import type { ModelCard } from '../../nodes/values';
import { newerMix, testNodes } from './nodes-for-tests';
import { dataFolder, numbers, openTestCache, runGraph, sketch } from './run-graph';

const graph = (weight = 0.5) =>
  sketch({
    one: ['source', { value: 3, size: 3000 }],
    half: ['mix', { weight }, { a: 'one.out', b: 'one.out' }],
    film: ['film', { milliseconds: 2, side: 200 }],
    mean: ['brightness', {}, { frames: 'film.frames' }],
    two: ['source', { value: 1, size: 5 }],
    mix: ['mix', { weight }, { a: 'mean.out', b: 'two.out' }],
    save: ['show', {}, { in: 'mix.out' }],
    all: ['show', { label: 'all' }, { in: 'half.out' }],
  });

/** All files below a folder. */
function filesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    return entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [];
  });
}

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

/** Ways in which a file can go wrong on a disk. */
const faults: Record<string, (file: string) => void> = {
  'a flipped bit': (file) => {
    const bytes = fs.readFileSync(file);
    bytes[bytes.length >> 1]! ^= 4;
    fs.writeFileSync(file, bytes);
  },
  'a flipped bit at the end': (file) => {
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file, bytes);
  },
  zeros: (file) => fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size)),
  'a torn end': (file) => fs.truncateSync(file, fs.statSync(file).size - 7),
  nothing: (file) => fs.truncateSync(file, 0),
  'a missing file': (file) => fs.rmSync(file),
  'a link in its place': (file) => {
    fs.renameSync(file, `${file}.real`);
    fs.symlinkSync(`${file}.real`, file);
  },
  'a second name': (file) => fs.linkSync(file, `${file}.twin`),
};

describe('a damaged cache is noticed and made good', () => {
  for (const [name, damage] of Object.entries(faults)) {
    test.each(['values', 'entries'])(
      `${name} in all %s: the result is the same, and the cache whole again`,
      async (part) => {
        const folder = dataFolder();
        const before = await numbers(await runGraph(graph(0.5), openTestCache(folder)), 'save');
        for (const file of filesIn(path.join(folder, 'cache', part))) damage(file);
        // Only the weight of the last step differs: everything before it is wanted from the cache.
        const changed = await runGraph(graph(0), openTestCache(folder));
        expect(changed.outcome.state).toBe('done');
        expect(await numbers(changed, 'save')).toEqual([0, 1, 2, 3, 4]);
        const again = await runGraph(graph(0.5), openTestCache(folder));
        expect(again.outcome.state).toBe('done');
        expect(before).toEqual([0.5, 1, 1.5, 2, 2.5]);
        const last = await runGraph(graph(0.75), openTestCache(folder));
        expect(await numbers(last, 'mix')).toEqual([0.75, 1, 1.25, 1.5, 1.75]);
        expect(new Set(await numbers(last, 'half'))).toEqual(new Set([3]));
      },
    );
  }

  test('two entries swapped: neither is believed', async () => {
    const folder = dataFolder();
    await runGraph(graph(), openTestCache(folder));
    const [one, two] = filesIn(path.join(folder, 'cache', 'entries')) as [string, string];
    const text = fs.readFileSync(one);
    fs.copyFileSync(two, one);
    fs.writeFileSync(two, text);
    const changed = await runGraph(graph(0), openTestCache(folder));
    expect(await numbers(changed, 'save')).toEqual([0, 1, 2, 3, 4]);
  });

  test('a number that has changed inside an entry, which is still an entry: not believed', async () => {
    const folder = dataFolder();
    const small = (label: string) =>
      sketch({
        slow: ['compute', { milliseconds: 20, value: 3 }],
        save: ['show', { label }, { in: 'slow.out' }],
      });
    const { plan } = await runGraph(small('a'), openTestCache(folder));
    const print = plan.nodes.get('slow')!.fingerprint!;
    const file = filesIn(path.join(folder, 'cache', 'entries')).find((name) => name.includes(print))!;
    const [digest = '', json = ''] = fs.readFileSync(file, 'utf8').split('\n');
    const entry = JSON.parse(json) as { outputs: { out: { tensor: string } } };
    // The clip itself stands in the entry, as base64: its last number becomes another one.
    const clip = Buffer.from(entry.outputs.out.tensor, 'base64');
    clip.writeFloatLE(4, clip.length - 4);
    entry.outputs.out.tensor = clip.toString('base64');
    fs.writeFileSync(file, `${digest}\n${JSON.stringify(entry)}`);
    expect(openTestCache(folder).look(print)).toBeNull();
    const again = await runGraph(small('b'), openTestCache(folder));
    expect(again.ran).toEqual(['slow', 'save']);
    expect(await numbers(again, 'save')).toEqual([3, 3, 3, 3]);
  });

  test('frames damaged in the middle are noticed by a reader that stops early, only where it reads', async () => {
    const folder = dataFolder();
    const reading = (first: number) =>
      sketch({
        film: ['film', { count: 6, side: 100, milliseconds: 3 }],
        mean: ['brightness', { first }, { frames: 'film.frames' }],
        save: ['show', {}, { in: 'mean.out' }],
      });
    await runGraph(reading(1), openTestCache(folder));
    const film = filesIn(path.join(folder, 'cache', 'values')).find((file) => fs.statSync(file).size > 100_000)!;
    const bytes = fs.readFileSync(film);
    bytes[256 + 30_000 * 3 + 5]! ^= 1; // in the fourth frame
    fs.writeFileSync(film, bytes);
    expect((await runGraph(reading(2), openTestCache(folder))).ran).toEqual(['mean', 'save']);
    const whole = await runGraph(reading(6), openTestCache(folder));
    expect(whole.ran).toEqual(['mean', 'film', 'mean', 'save']);
    expect(await numbers(whole, 'save')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('damaged between being made and being read, when what it was made from is already let go: all is made again', async () => {
    const folder = dataFolder();
    const graph = sketch({
      film: ['film', { count: 4, side: 1000 }], // not worth keeping: it goes when its only reader is done
      slow: ['again', { milliseconds: 60 }, { frames: 'film.frames' }],
      mean: ['brightness', {}, { frames: 'slow.frames' }],
      save: ['show', {}, { in: 'mean.out' }],
    });
    let isDamaged = false;
    const ran = await runGraph(graph, openTestCache(folder), {
      onEvent(event) {
        if (event.type !== 'node.done' || event.node !== 'slow' || isDamaged) return;
        isDamaged = true;
        for (const file of filesIn(path.join(folder, 'cache', 'values'))) faults['a flipped bit']!(file);
      },
    });
    expect(ran.ran).toEqual(['film', 'slow', 'mean', 'film', 'slow', 'mean', 'save']);
    expect(ran.outcome.state).toBe('done');
    expect(await numbers(ran, 'save')).toEqual([0, 1, 2, 3]);
  });

  test('after the cache folder is deleted by hand everything is made again', async () => {
    const folder = dataFolder();
    await runGraph(graph(), openTestCache(folder));
    fs.rmSync(path.join(folder, 'cache'), { recursive: true });
    const again = await runGraph(graph(), openTestCache(folder));
    expect(again.outcome).toMatchObject({ ran: 8, state: 'done' });
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
  expect(mean?.outputs.out).toEqual({
    kind: 'latent',
    facts: { space: 'test', channels: 1, frames: 1, height: 1, width: 5 },
  });
  expect(check(graph(), {}, testNodes).problems).toEqual([]);
});
