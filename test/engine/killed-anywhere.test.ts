import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { openBlobs } from '../../server/store/blobs';
import { openCache } from '../../server/store/blobs-cache';
import type { FromExecutor } from '../../server/worker/protocol';
import { clip, newFolder, start } from './real-executor';

const graph = clip({ denoiser: { steps: 40 }, noise: { width: 48, height: 48, frames: 13 } });
const happened = (message: FromExecutor, is: (event: RunHappening) => boolean) =>
  message.type === 'event' && is(message.event);
const at = (type: RunHappening['type'], node?: string) => (message: FromExecutor) =>
  happened(message, (event) => event.type === type && (node === undefined || ('node' in event && event.node === node)));

/** The film a run has made, by its hash. */
const filmOf = (events: RunHappening[]) =>
  events.flatMap((event) => ('outputs' in event ? (event.outputs.video?.file ?? []) : []))[0]?.sha256;

/** Every file that has a name in the blob store is whole. */
async function allWhole(folder: string): Promise<number> {
  const blobs = openBlobs(path.join(folder, 'blobs'));
  let count = 0;
  for (const fan of fs.existsSync(blobs.folder) ? fs.readdirSync(blobs.folder) : [])
    for (const name of fan === 'tmp' ? [] : fs.readdirSync(path.join(blobs.folder, fan))) {
      await blobs.read(name); // throws when its bytes are not those of its name
      count += 1;
    }
  return count;
}

test('killed with SIGKILL at one moment after the other, each time a little further: every file that has a name is whole, nothing finished is done twice, and the film is the unbroken run’s', async () => {
  const whole = start(newFolder());
  const unbroken = filmOf((await whole.run('whole', graph)).events);
  expect(unbroken).toMatch(/^[0-9a-f]{64}$/);
  whole.process.kill();

  const folder = newFolder();
  const moments = [
    at('run.started'),
    at('node.started', 'text'),
    at('node.done', 'text'),
    at('node.progress', 'denoiser'),
    at('node.done', 'denoiser'),
    at('node.started', 'decoder'),
    at('node.done', 'decoder'),
    at('node.started', 'muxer'),
    at('node.done', 'muxer'),
  ];
  const finished = new Set<string>();
  for (const [round, moment] of moments.entries()) {
    const victim = start(folder, 0);
    const run = `r${round}`;
    victim.process.send({ type: 'start', order: { run, token: run, attempt: 1, graph } });
    const isOver = (message: FromExecutor) => message.type === 'finished';
    await victim.heard((message) => moment(message) || isOver(message));
    victim.process.kill();
    await victim.process.ended;
    const { events } = victim.seen(run);
    for (const event of events) {
      // What is worth keeping was kept: whoever has once been told of it finds it there.
      if (event.type === 'node.started') expect(finished).not.toContain(event.node);
      if (event.type === 'node.done' && ['denoiser', 'muxer'].includes(event.node)) finished.add(event.node);
    }
    await allWhole(folder);
  }

  const last = start(folder);
  const { events, outcome } = await last.run('last', graph);
  expect(outcome).toBe('done');
  expect(filmOf(events)).toBe(unbroken);
  expect(await allWhole(folder)).toBe(1);
  // What the killed ones left half-way goes with the next look at the budget.
  await openCache(folder).trim();
  const temporary = path.join(folder, 'cache', 'spool');
  expect(fs.existsSync(temporary) ? fs.readdirSync(temporary) : []).toEqual([]);
}, 180_000);
