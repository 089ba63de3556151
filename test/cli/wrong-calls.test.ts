import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { call } from './call';

/** What is wrong with a call is found before anything is opened, hence without a process for each. */
let here: string;
beforeAll(() => {
  here = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-wrong-'));
  fs.copyFileSync(path.resolve('graphs/text-to-video.json'), path.join(here, 'graph.json'));
  vi.stubEnv('SKEIN_CWD', here);
  vi.stubEnv('SKEIN_HOME', path.join(here, 'home'));
  vi.stubEnv('SKEIN_DEVICE', 'cpu');
});
afterAll(() => {
  vi.unstubAllEnvs();
  fs.rmSync(here, { recursive: true, force: true });
});

test.each([
  [['run'], 'Name one graph'],
  [['run', 'graph.json', '--set'], "Option '--set <value>' argument missing"],
  [['run', 'graph.json', '--set', 'noise.seed=NaN'], '--set noise.seed=NaN: "Seed" is "NaN" and must be a'],
  [['prompt', 'x', '--steps', '0'], '--steps 0: "Steps" is 0 and must be 1 at least. Enter 1 or more.'],
  [['prompt', 'x', '--guidance', 'much'], '--guidance much: "Guidance" is "much" and must be a number.'],
  [['prompt', 'x', '--size', '0x64'], '--size 0x64: "Width" is 0'],
  [['prompt', 'x', '--out', 'x.avi'], 'End it with .mp4'],
  [['prompt', 'a', 'b'], 'Give one text in quotes'],
  [['check'], 'Name one graph'],
  [['run', 'graph.json', '--only', 'nobody'], 'There is no node "nobody" in this graph. There are: model'],
  [['reproduce'], 'Name one film or picture'],
  [['models', 'add'], 'Say: skein models list'],
  [['run', 'graph.json', '--colour'], "Unknown option '--colour'"],
  [['fly'], 'There is no command "fly"'],
  [['prompt', 'x', '--size', 'large'], 'Write it as 832x480'],
] as const)('%j', async (args, says) => {
  const { code, out, err } = await call(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(says);
});

test.each([[['--help']], [['prompt', '--help']], [['run', 'graph.json', '-h']]])(
  '%j shows all there is',
  async (args) => {
    const { code, out } = await call(args);
    expect([code, out]).toEqual([0, expect.stringContaining('skein run <graph.json>')]);
  },
);
