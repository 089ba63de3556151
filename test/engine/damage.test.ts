import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataFolder, filesIn, twoBranches as graph, numbers, openTestCache, runGraph, sketch } from './run-graph';

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
