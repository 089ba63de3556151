import { defineConfig } from 'vitest/config';

/** Rooms whose tests start no process, touch no disk of their own and leave nothing behind: they may share their modules. */
const pure = ['test/nodes/**/*.test.ts', 'test/editor/**/*.test.ts'];

const browser = ['test/browser/**/*.test.ts'];

export default defineConfig({
  test: {
    // Two cores: more workers only make onnxruntime and Chromium slower.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      // A hand in a browser on a starved machine may come a moment late. It is asked once more; the report says `retry x1`.
      { extends: true, test: { name: 'browser', include: browser, retry: 1, testTimeout: 300_000 } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: [...pure, ...browser] } },
    ],
  },
});
