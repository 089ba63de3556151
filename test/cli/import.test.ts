import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readGraph } from '../../nodes/graph';
import { importComfyUi } from '../../server/cli/import';
import { readGraphFile } from '../../server/cli/read-graph';
import { textToVideo } from '../nodes/workflows-for-tests';

let root = '';
const at = (name: string) => path.join(root, name);
beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-import-'));
  vi.stubEnv('SKEIN_HOME', at('home'));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  fs.rmSync(root, { recursive: true, force: true });
});

test('a ComfyUI workflow becomes a graph file; run says so instead of guessing', async () => {
  fs.writeFileSync(at('ball.json'), JSON.stringify(textToVideo));
  expect(() => readGraphFile(at('ball.json'))).toThrow(/This is a ComfyUI workflow.*skein import/);
  expect(await importComfyUi([at('ball.json'), '--out', at('graph.json')])).toBe(0);
  const { graph } = readGraph(fs.readFileSync(at('graph.json'), 'utf8'));
  expect(graph).toMatchObject({ name: 'ball' });
  expect(readGraphFile(at('graph.json'))).toEqual(graph);
});

test('another file is refused with its name', async () => {
  fs.writeFileSync(at('list.json'), '[1, 2]');
  await expect(importComfyUi([at('list.json')])).rejects.toThrow(/list\.json: This is not a ComfyUI workflow/);
  await expect(importComfyUi([at('none.json')])).rejects.toThrow(/none\.json: There is no such file/);
});
