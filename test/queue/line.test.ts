import net from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ToAgent } from '../../server/queue/agent-messages';
import { onLines, sendLine } from '../../server/queue/json-lines';
import { temporaryDatabase } from '../store/databases';
import { deaf, device, lasts, Stage, until } from './stage';

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

describe('the line between web process and worker', () => {
  test('the web process is restarted under a running worker: the run goes on, what was said meanwhile arrives once', async () => {
    const { finish } = stage.holding();
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    const closed = stage.restartQueue();
    finish();
    await closed;
    expect(await stage.ended(id)).toBe('done');
    expect((await stage.state(id))?.attempt).toBe(1);
    expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'node.started', 'run.done']);
  });

  test('the web process was away for longer than a lease lasts: the worker that comes back with the run keeps it', async () => {
    const { finish } = stage.holding();
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    await stage.queue.close();
    await made.db.run.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1000) } });
    await stage.restartQueue();
    // Silent workers are looked for every second.
    await new Promise((go) => setTimeout(go, 2200));
    finish();
    expect(await stage.ended(id)).toBe('done');
    expect((await stage.state(id))?.attempt).toBe(1);
    expect(stage.types(id)).toEqual(['run.queued', 'run.started', 'node.started', 'run.done']);
  });

  test('what was wished and what was decided while the web process was away reaches the worker when it is back', async () => {
    const listening = stage.worker(lasts);
    const wished = await stage.enqueue('cancelled meanwhile');
    await until(() => stage.types(wished).includes('node.started'));
    await stage.queue.close();
    await made.db.run.update({ where: { id: wished }, data: { cancelRequested: true } });
    await stage.restartQueue();
    expect(await stage.ended(wished)).toBe('cancelled');

    // Another one was given up: its row is no longer this worker's.
    const lost = await stage.enqueue('given up meanwhile');
    await until(() => stage.types(lost).includes('node.started'));
    await stage.queue.close();
    await made.db.run.update({ where: { id: lost }, data: { state: 'cancelled', token: null } });
    await stage.restartQueue();
    await until(() => listening.lives[0]?.isDead === true);
  });

  test('a worker whose run was given to another hears of it at the next renewal of its lease, and stops', async () => {
    const { lives } = stage.worker(deaf);
    const id = await stage.enqueue();
    await until(() => stage.types(id).includes('node.started'));
    await made.db.run.update({ where: { id }, data: { token: 'another attempt' } });
    await until(() => lives[0]?.isDead === true);
    await made.db.run.update({ where: { id }, data: { state: 'cancelled', token: null } });
  });

  test('what is told of an attempt that the teller does not hold is not stored, and it is told to stop', async () => {
    const heard: ToAgent[] = [];
    const socket = net.connect(stage.door.address);
    onLines(socket, (message) => heard.push(message as ToAgent)); // only the queue writes here
    await sendLine(socket, { type: 'hello', secret: stage.door.secret, worker: 'zombie', pid: 1, device });
    const id = await stage.enqueue();
    await until(() => heard.some(({ type }) => type === 'run'));
    const done = { type: 'run.done', seconds: 1, ran: 1, reused: 0 };
    await sendLine(socket, { type: 'happened', token: 'an old attempt', n: 1, happenings: [done] });
    await until(() => heard.some(({ type }) => type === 'stop'));
    expect(heard.find(({ type }) => type === 'stop')).toEqual({ type: 'stop', token: 'an old attempt' });
    expect((await stage.state(id))?.state).toBe('running');
    socket.destroy();
  });
});
