import net from 'node:net';
import { createClient } from '@libsql/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { leaseMs } from '../../server/queue/agent-messages';
import { localViewer } from '../../server/store/database';
import { moveRuns, setPaused } from '../../server/store/queue-line';
import { listQueue } from '../../server/store/runs';
import type { ToExecutor } from '../../server/worker/protocol';
import { temporaryDatabase } from '../store/databases';
import { begin, deaf, lasts, type PlayedComputer, Stage, until } from './stage';

let made: Awaited<ReturnType<typeof temporaryDatabase>>;
let stage: Stage;
beforeAll(async () => {
  made = await temporaryDatabase();
});
afterAll(() => made.remove());
beforeEach(async () => {
  stage = await new Stage(made.db).open();
});
afterEach(async () => {
  await stage.close();
  await made.db.run.deleteMany();
  expect(stage.errors).toEqual([]);
});

const works = (computer: PlayedComputer, message: ToExecutor) => {
  if (message.type === 'start') computer.end(message.order, 'done');
};
describe('the local queue', () => {
  test('runs wait without a worker and run in order when one comes', async () => {
    const ids = [await stage.enqueue('a'), await stage.enqueue('b'), await stage.enqueue('c', 5)];
    expect((await stage.state(ids[0] ?? ''))?.state).toBe('queued');
    stage.worker(works);
    for (const id of ids) expect(await stage.ended(id)).toBe('done');
    const begun = stage.events.filter(({ type }) => type === 'run.started').map(({ run }) => run);
    expect(begun).toEqual([ids[2], ids[0], ids[1]]);
    for (const id of ids) expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'run.done']);
  });

  test('people order the line and pause it; both outlast the web process, and what runs goes on', async () => {
    const { finish } = stage.holding();
    const begun = () => stage.events.flatMap(({ type, run }) => (type === 'run.started' ? [run] : []));
    const at = await stage.enqueue('at work');
    await until(() => stage.types(at).includes('node.started'));
    const [a, b, c] = [await stage.enqueue('a'), await stage.enqueue('b'), await stage.enqueue('c')];
    await setPaused(made.db, localViewer, true);
    expect(await moveRuns(made.db, localViewer, { runs: [c, at], before: a })).toBe(1);
    expect(await moveRuns(made.db, localViewer, { runs: [a] })).toBe(1);
    expect(await moveRuns(made.db, localViewer, { runs: [b], before: at })).toBeNull();
    const late = await stage.enqueue('came later');
    const waiting = async () => (await listQueue(made.db, localViewer)).map(({ id }) => id);
    expect(await waiting()).toEqual([at, c, b, a, late]);

    await stage.restartQueue();
    finish();
    expect(await stage.ended(at)).toBe('done');
    // A look at the queue changes nothing: it is paused.
    await stage.queue.enqueue();
    expect(await waiting()).toEqual([c, b, a, late]);
    await setPaused(made.db, localViewer, false);
    await stage.queue.resume();
    for (const id of [c, b, a, late]) {
      await until(() => stage.types(id).includes('node.started'));
      finish();
      expect(await stage.ended(id)).toBe('done');
    }
    expect(begun()).toEqual([at, c, b, a, late]);
  });

  test('one at a time', async () => {
    const { lives } = stage.worker(lasts);
    const first = await stage.enqueue();
    const second = await stage.enqueue();
    await until(() => stage.types(first).includes('node.started'));
    expect((await stage.state(second))?.state).toBe('queued');
    await stage.cancel(first);
    await until(() => stage.types(second).includes('node.started'));
    expect(lives).toHaveLength(1);
  });

  test('cancel: a run that listens stops in its process; others are not touched; twice is once', async () => {
    const { lives } = stage.worker(lasts);
    const id = await stage.enqueue();
    const next = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    const asked = Date.now();
    await stage.cancel('0'.repeat(32));
    await stage.cancel(id);
    await stage.cancel(id);
    expect(await stage.ended(id)).toBe('cancelled');
    expect(Date.now() - asked).toBeLessThan(700);
    await stage.cancel(id);
    expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'node.started', 'run.cancelled']);
    await until(() => stage.types(next).includes('node.started'));
    expect(lives[0]?.isDead).toBe(false);
  });

  test('cancel: one that does not listen is killed within a second, and the next run gets a new process', async () => {
    const { lives } = stage.worker(deaf);
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    const asked = Date.now();
    await stage.cancel(id);
    expect(await stage.ended(id)).toBe('cancelled');
    expect(Date.now() - asked).toBeLessThan(1300);
    const next = await stage.enqueue();
    await until(() => stage.types(next).includes('node.started'));
    expect(lives).toHaveLength(2);
    expect((await stage.state(id))?.attempt).toBe(1);
  });

  test('a waiting run is cancelled without ever being begun', async () => {
    const id = await stage.enqueue();
    await stage.cancel(id);
    stage.worker(works);
    const next = await stage.enqueue();
    expect(await stage.ended(next)).toBe('done');
    expect(stage.types(id)).toEqual(['run.queued', 'run.cancelled']);
  });

  test('a result that is there before the wish to cancel wins', async () => {
    stage.worker(works);
    const id = await stage.enqueue();
    await stage.ended(id);
    await stage.cancel(id);
    expect((await stage.state(id))?.state).toBe('done');
  });

  test('the executor dies in the middle: the run is begun again and finishes', async () => {
    let lives = 0;
    stage.worker((computer, message) => {
      if (message.type !== 'start') return;
      begin(computer, message);
      lives += 1;
      if (lives === 1) setTimeout(() => computer.die('crashed in native code (SIGSEGV)'), 30);
      else computer.end(message.order, 'done');
    });
    const id = await stage.enqueue();
    expect(await stage.ended(id)).toBe('done');
    expect((await stage.state(id))?.attempt).toBe(2);
    expect(stage.types(id)).toEqual([
      ...['run.queued', 'run.started', 'node.started'],
      ...['run.queued', 'run.started', 'node.started', 'run.done'],
    ]);
  });

  test('R16 a run that kills every process fails by name after three; the one behind it runs', async () => {
    const poison = await stage.enqueue('poison');
    const good = await stage.enqueue('good');
    stage.worker((computer, message) => {
      if (message.type !== 'start') return;
      if (message.order.run === good) return computer.end(message.order, 'done');
      begin(computer, message);
      setTimeout(() => computer.die('crashed in native code (SIGSEGV)'), 10);
    });
    expect(await stage.ended(good)).toBe('done');
    expect(await stage.ended(poison)).toBe('failed');
    expect((await stage.state(poison))?.says).toMatch(/3 times while running "denoiser".*SIGSEGV/);
  });

  test('R1 the worker process is killed: another one takes the run over, and the dead one changes nothing', async () => {
    const first = stage.worker(deaf);
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    first.vanish();
    await until(() => stage.types(id).filter((type) => type === 'run.queued').length === 2);
    stage.worker(works);
    expect(await stage.ended(id)).toBe('done');
    expect((await stage.state(id))?.attempt).toBe(2);
  });

  test('a worker that is stopped in good order hands its run back, and it does not count as a try', async () => {
    const { agent, lives } = stage.worker((computer, message) => {
      if (message.type === 'start') begin(computer, message);
      if (message.type !== 'shutdown') return;
      const started = computer.heard.find((one) => one.type === 'start');
      if (started?.type === 'start') computer.end(started.order, 'cancelled');
      setTimeout(() => computer.die('ended with code 0'), 60);
    });
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    await agent.stop();
    expect(await stage.state(id)).toMatchObject({ state: 'queued', attempt: 0 });
    expect(lives).toHaveLength(1);
    stage.worker(works);
    expect(await stage.ended(id)).toBe('done');
  });

  test('a run whose worker has hung is given to the next one; a clock that is set takes none away, and makes none wait', async () => {
    const first = stage.worker(deaf);
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    const { lives } = first;
    const daysAway = (days: number) => new Date(Date.now() + days * 24 * 3600e3);
    const leaseUntil = async () => (await made.db.run.findFirst({ where: { id } }))?.leaseUntil ?? daysAway(-9);
    await made.db.run.update({ where: { id }, data: { leaseUntil: daysAway(-1) } });
    // It goes on saying that it is at work.
    await until(async () => (await leaseUntil()) > new Date());
    expect(lives[0]?.isDead).toBe(false);
    expect(await stage.state(id)).toMatchObject({ state: 'running', attempt: 1 });

    first.fallSilent();
    const now = performance.now.bind(performance);
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + leaseMs);
    onTestFinished(() => later.mockRestore());
    await made.db.run.update({ where: { id }, data: { leaseUntil: daysAway(-1) } });
    await until(() => stage.types(id).filter((type) => type === 'run.queued').length === 2);
    // The pause before the next try was noted, and the clock set back by a day.
    await made.db.run.updateMany({ where: { id, state: 'queued' }, data: { notBefore: daysAway(1) } });
    await until(() => lives[0]?.isDead === true);
    await until(async () => (await stage.state(id))?.attempt === 2);
  });

  test('another program holds the database for a while: what people and the worker want written down is, once it lets go', async () => {
    const { finish } = stage.holding();
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    const other = createClient({ url: made.url });
    const held = await other.transaction('write');
    finish();
    const second = stage.enqueue('meanwhile');
    await new Promise((go) => setTimeout(go, 300));
    expect(await stage.state(id)).toMatchObject({ state: 'running' });
    await held.rollback();
    other.close();
    expect(await stage.ended(id)).toBe('done');
    expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'node.started', 'run.done']);
    await until(async () => stage.types(await second).includes('node.started'));
    finish();
    expect(await stage.ended(await second)).toBe('done');
  });

  test('a stranger without the secret gets nothing', async () => {
    const id = await stage.enqueue();
    const { lives } = stage.worker(works, 'a guess');
    await new Promise((go) => setTimeout(go, 200));
    expect(stage.queue.workers()).toEqual([]);
    expect(lives[0]?.heard).toEqual([]);
    expect((await stage.state(id))?.state).toBe('queued');
    const said = await new Promise<string>((resolve) => {
      const socket = net.connect(stage.door.address, () => socket.write('{"type":"device"}\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    expect(said).toBe('');
  });
});

describe('the feed', () => {
  test('progress keeps its place between the changes, carries the latest preview, and is not stored', async () => {
    const preview = { url: 'data:image/png;base64,AA==', width: 1, height: 1, frames: 1 };
    stage.worker((computer, message) => {
      if (message.type !== 'start') return;
      const { run, token } = message.order;
      const say = (event: Parameters<typeof computer.events.onMessage>[0] & { type: 'event' }) =>
        computer.events.onMessage(event);
      begin(computer, message);
      for (let done = 1; done <= 50; done++)
        say({
          ...{ type: 'event', run, token },
          event: { type: 'node.progress', node: 'denoiser', done, of: 50, ...(done === 20 ? { preview } : {}) },
        });
      say({ type: 'event', run, token, event: { type: 'node.done', node: 'denoiser', seconds: 1, outputs: {} } });
      computer.end(message.order, 'done');
    });
    const id = await stage.enqueue();
    await stage.ended(id);
    expect(stage.types(id)).toEqual([
      ...['run.queued', 'run.started', 'node.started', 'node.progress', 'node.done', 'run.done'],
    ]);
    const progress = stage.events.find((event) => event.run === id && event.type === 'node.progress');
    expect(progress).toMatchObject({ done: 50, of: 50, preview });
    expect(await made.db.event.count({ where: { runId: id, type: 'node.progress' } })).toBe(0);
  });
});
