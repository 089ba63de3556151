import fs from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/order.mjs';

const inRooms = (names: readonly string[]) => names.map((name) => `test/${name}/**/*.test.ts`);

/** Rooms whose tests start no process, touch no disk of their own and leave nothing behind: they may share their modules. */
const pure = ['nodes', 'editor'];

/** These share a browser, and most of them a server: test/browser/shared.ts. */
const browser = ['browser'];

/**
 * Rooms whose tests clean up after themselves: a process that has loaded the runtime once takes file after file. What
 * several files import is loaded once, so a hook in it (`afterAll`) must lie in a function that each of them calls.
 */
const tidy = ['api', 'engine', 'hub', 'inference', 'media', 'quality', 'queue', 'store'];

/** Among them, what changes the environment or measures its process; and what may take the process with it. */
const untidy = [
  'test/api/api.test.ts',
  'test/engine/{disk-full,executor,kept-steps,killed-anywhere}.test.ts',
  'test/hub/access.test.ts',
  'test/hub/disk-full.test.ts',
  'test/inference/{devices,fast-weights,kept-and-let-go,mapped-memory,safetensors}.test.ts',
  'test/inference/vae-{memory,stream,tiles}.test.ts',
  'test/inference/gpu/*.test.ts',
  'test/media/ffmpeg.test.ts',
];

/** Every other room, those to come too: a process for each file. */
const others = fs
  .readdirSync(path.join(import.meta.dirname, 'test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && ![...pure, ...browser, ...tidy].includes(entry.name))
  .map(({ name }) => name);

export default defineConfig({
  test: {
    // Two cores: more workers only make onnxruntime and Chromium slower.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'pure', include: inRooms(pure), isolate: false } },
      // A hand in a browser on a starved machine may come a moment late. It is asked once more; the report says `retry x1`.
      {
        extends: true,
        test: {
          name: 'browser',
          include: inRooms(browser),
          isolate: false,
          globalSetup: 'test/browser/homes.ts',
          retry: 1,
          testTimeout: 300_000,
        },
      },
      { extends: true, test: { name: 'rooms', include: inRooms(tidy), exclude: untidy, isolate: false } },
      { extends: true, test: { name: 'alone', include: [...untidy, ...inRooms(others), 'test/*.test.ts'] } },
    ],
  },
});
