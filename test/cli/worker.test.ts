import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Stage, until } from '../queue/stage';
import { smallGraph } from '../start/skein';
import { temporaryDatabase } from '../store/databases';

vi.setConfig({ testTimeout: 180_000 });
const root = path.resolve(import.meta.dirname, '../..');
let made: Awaited<ReturnType<typeof temporaryDatabase>>;
const workers: ChildProcess[] = [];
beforeAll(async () => {
  made = await temporaryDatabase();
});
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
});
afterAll(() => made.remove());

/** `skein worker`, as someone calls it by hand: all it is told is the data folder. */
function callWorker(home: string, ...args: string[]) {
  const child = spawn(process.execPath, [path.join(root, 'scripts/skein.mjs'), 'worker', ...args], {
    env: { ...process.env, SKEIN_HOME: home, SKEIN_MODELS: path.join(root, 'test/parity'), SKEIN_DEVICE: 'cpu' },
  });
  workers.push(child);
  const said = { text: '' };
  child.stderr.on('data', (chunk: Buffer) => {
    said.text += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said, ended };
}

test('skein worker takes the runs of the Skein on its data folder, survives its restart, and hands back in good order', async () => {
  const stage = await new Stage(made.db).open();
  const { note } = stage.door;
  if (process.platform !== 'win32') expect(fs.statSync(note).mode & 0o777).toBe(0o600);
  const first = await stage.enqueueGraph(smallGraph({ steps: 2, seed: 1 }));
  const { child, said, ended } = callWorker(stage.folder);
  await until(() => stage.types(first).includes('run.done'), 60_000);
  expect(said.text).toContain('Computing for the Skein of');

  // The Skein is started anew: another secret, told by the note alone.
  stage.door.secret = 'another secret';
  await stage.restartQueue();
  const second = await stage.enqueueGraph(smallGraph({ steps: 500, seed: 2, frames: 33 }));
  await until(() => stage.types(second).includes('node.progress'), 60_000);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect((await stage.state(second))?.state).toBe('queued');
  expect(stage.errors).toEqual([]);
  await stage.close();
  expect(fs.existsSync(note)).toBe(false);
});

test('without a Skein there, also with the note of one that was killed, it says what to do', async () => {
  const home = fs.mkdtempSync(path.join(made.folder, 'home-'));
  const alone = callWorker(home);
  expect(await alone.ended).toBe(1);
  expect(alone.said.text).toMatch(/^No Skein runs on the data folder .*Start one/);
  fs.writeFileSync(path.join(home, 'door.json'), JSON.stringify({ address: path.join(home, 'door'), secret: 'x' }));
  expect(await callWorker(home).ended).toBe(1);
  expect(await callWorker(home, '--colour').ended).toBe(2);
});
