import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ToExecutor } from '../../server/worker/protocol';
import { temporaryDatabase } from '../store/databases';
import { begin, type PlayedComputer, Stage, until } from './stage';

/** Cells of one sweep may be two at a time in a worker; nothing else may. */
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

const cells = async (count: number, sweepId = 's') => {
  const ids: string[] = [];
  for (let turn = 0; turn < count; turn++) ids.push(await stage.enqueue(`cell ${turn}`, -1));
  const queuedAt = new Date();
  for (const [turn, id] of ids.entries())
    await made.db.run.update({ where: { id }, data: { sweepId, cell: turn, turn, queuedAt } });
  return ids;
};
const states = (ids: string[]) => Promise.all(ids.map(async (id) => (await stage.state(id))?.state));
const orders = ({ heard }: PlayedComputer) => heard.flatMap((one) => (one.type === 'start' ? one.order.run : []));

/** Begins nodes, and ends each run when that very run is cancelled. */
const obeys = (computer: PlayedComputer, message: ToExecutor) => {
  if (message.type === 'start') begin(computer, message);
  if (message.type !== 'cancel') return;
  const started = computer.heard.find((one) => one.type === 'start' && one.order.run === message.run);
  if (started?.type === 'start') computer.end(started.order, 'cancelled');
};

test('two cells of a sweep at a time, in their order; what a person runs comes first', async () => {
  const ids = await cells(4);
  const { lives } = stage.worker(obeys);
  await until(() => stage.types(ids[1] ?? '').includes('node.started'));
  expect(await states(ids)).toEqual(['running', 'running', 'queued', 'queued']);
  const urgent = await stage.enqueue('urgent');
  await stage.cancel(ids[0] ?? '');
  await stage.cancel(ids[1] ?? '');
  await until(() => stage.types(urgent).includes('node.started'));
  expect(await states(ids)).toEqual(['cancelled', 'cancelled', 'queued', 'queued']);
  await stage.cancel(urgent);
  await until(() => stage.types(ids[3] ?? '').includes('node.started'));
  expect(lives).toHaveLength(1);
  expect(orders(lives[0]!)).toEqual([ids[0], ids[1], urgent, ids[2], ids[3]]);
});

test('cells of different sweeps are never side by side', async () => {
  const [a = ''] = await cells(1, 'a');
  const [b = ''] = await cells(1, 'b');
  stage.worker(obeys);
  await until(() => stage.types(a).includes('node.started'));
  await new Promise((go) => setTimeout(go, 200));
  expect(await states([a, b])).toEqual(['running', 'queued']);
});

test('a cell that does not listen is killed; the one beside it goes to the next process, and that is no try of its own', async () => {
  const ids = await cells(2);
  const { lives } = stage.worker((computer: PlayedComputer, message: ToExecutor) => {
    if (message.type !== 'start') return;
    begin(computer, message);
    if (lives.length > 1) computer.end(message.order, 'done');
  });
  await until(() => stage.types(ids[1] ?? '').includes('node.started'));
  await stage.cancel(ids[0] ?? '');
  expect(await stage.ended(ids[0] ?? '')).toBe('cancelled');
  expect(await stage.ended(ids[1] ?? '')).toBe('done');
  expect(lives).toHaveLength(2);
  expect((await stage.state(ids[1] ?? ''))?.attempt).toBe(1);
});

test('a process that crashes takes both; each is tried again alone', async () => {
  const ids = await cells(2);
  let most = 0;
  const { lives } = stage.worker((computer: PlayedComputer, message: ToExecutor) => {
    if (message.type !== 'start') return;
    begin(computer, message);
    if (lives.length === 1 && orders(computer).length === 2) return computer.die('crashed in native code (SIGSEGV)');
    if (lives.length === 1) return;
    const open = orders(computer).filter((id) => !stage.types(id).includes('run.done')).length;
    most = Math.max(most, open);
    setTimeout(() => computer.end(message.order, 'done'), 50);
  });
  for (const id of ids) expect(await stage.ended(id)).toBe('done');
  expect((await stage.state(ids[0] ?? ''))?.attempt).toBe(2);
  expect(most).toBe(1);
});

test('the web process is restarted under two cells: both are kept', async () => {
  const ids = await cells(2);
  const { lives } = stage.worker(obeys);
  await until(() => stage.types(ids[1] ?? '').includes('node.started'));
  await stage.restartQueue();
  await until(() => stage.queue.workers().length === 1);
  const [computer] = lives;
  for (const message of computer!.heard) if (message.type === 'start') computer!.end(message.order, 'done');
  for (const id of ids) await until(async () => (await stage.state(id))?.state === 'done');
  expect((await stage.state(ids[0] ?? ''))?.attempt).toBe(1);
});
