import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { templates } from '../../graphs/registry';
import { readGraph } from '../../nodes/graph';
import { importComfyUi } from '../../server/cli/import';
import { readGraphFile } from '../../server/cli/read-file';
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
  await expect(readGraphFile(at('ball.json'))).rejects.toThrow(/This is a ComfyUI workflow.*skein import/);
  expect(await importComfyUi([at('ball.json'), '--out', at('graph.json')])).toBe(0);
  const { graph } = readGraph(fs.readFileSync(at('graph.json'), 'utf8'));
  expect(graph).toMatchObject({ name: 'ball' });
  expect(await readGraphFile(at('graph.json'))).toEqual({ graph });
});

test('a picture that ComfyUI wrote has its workflow inside; one without says so', async () => {
  const text = Buffer.from(`workflow\0${JSON.stringify(textToVideo)}`, 'latin1');
  fs.writeFileSync(at('ball.png'), withText(text));
  expect(await importComfyUi([at('ball.png'), '--out', at('graph.json')])).toBe(0);
  expect((await readGraphFile(at('graph.json'))).graph).toMatchObject({ name: 'ball' });
  await expect(readGraphFile(at('ball.png'))).rejects.toThrow(/This is a ComfyUI workflow.*skein import/);
  fs.writeFileSync(at('plain.png'), withText(Buffer.from('Title\0ball')));
  await expect(importComfyUi([at('plain.png')])).rejects.toThrow(
    /plain\.png: This is not a ComfyUI workflow, nor a film/,
  );
  await expect(readGraphFile(at('plain.png'))).rejects.toThrow(/plain\.png: There is no Skein graph inside/);
});

/** The head of a PNG with one tEXt chunk: all that is read of it. */
function withText(text: Buffer): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(body.length);
    return Buffer.concat([size, Buffer.from(type), body, Buffer.alloc(4)]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', Buffer.alloc(13)),
    chunk('tEXt', text),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('a film of ours gives its graph', async () => {
  const graph = readGraph(templates['text-to-video']).graph!;
  const text = Buffer.from(`skein\0${JSON.stringify({ schema: 1, graph })}`, 'latin1');
  fs.writeFileSync(at('ours.png'), withText(text));
  expect(await importComfyUi([at('ours.png'), '--out', at('ours.json')])).toBe(0);
  expect(await readGraphFile(at('ours.json'))).toEqual({ graph });
  expect(await readGraphFile(at('ours.png'))).toEqual({ graph });
});

test('another file is refused with its name', async () => {
  fs.writeFileSync(at('list.json'), '[1, 2]');
  await expect(importComfyUi([at('list.json')])).rejects.toThrow(/list\.json: This is not a ComfyUI workflow/);
  await expect(importComfyUi([at('none.json')])).rejects.toThrow(/none\.json: There is no such file/);
});
