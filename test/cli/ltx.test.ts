import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
vi.setConfig({ testTimeout: 180_000 });
let home: string;
beforeAll(() => {
  fs.mkdirSync(path.join(root, '.skein'), { recursive: true });
  home = fs.mkdtempSync(path.join(root, '.skein', 'test-ltx-'));
});
afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

function skein(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const models = path.join(root, 'test/parity/ltx/later');
  const env = { ...process.env, SKEIN_HOME: home, SKEIN_MODELS: models, SKEIN_DEVICE: 'cpu' };
  const child = spawn(process.execPath, [path.join(root, 'scripts/skein.mjs'), ...args], { cwd: home, env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const graph = path.join(root, 'graphs/text-to-video.json');
const sized = (width: number, frames: number) =>
  [
    'model.model=later',
    `noise.width=${width}`,
    'noise.height=32',
    `noise.frames=${frames}`,
    'denoiser.steps=3',
  ].flatMap((one) => ['--set', one]);

test('skein run: an LTX folder runs with the same graph as Wan, and its sizes come from its card', async () => {
  const { code, out, err } = await skein(['run', graph, ...sized(64, 17), '--out', 'films', '--json']);
  expect(code, err).toBe(0);
  const result = JSON.parse(out.trim().split('\n').at(-1)!) as { ran: number; outputs: { file: string }[] };
  expect(result.ran).toBe(8);
  expect(fs.statSync(result.outputs[0]!.file).size).toBeGreaterThan(1000);

  const wrong = await skein(['check', graph, ...sized(48, 13)]);
  expect(wrong.code).not.toBe(0);
  expect(wrong.out + wrong.err).toMatch(/width is a multiple of 32, and 48 is none/);
  expect(wrong.out + wrong.err).toMatch(/8k \+ 1 frames, and 13 is none/);
});

test('skein prompt: a picture may begin it', async () => {
  const picture = path.join(root, 'test/parity/ltx/image.png');
  const size = ['--model', 'later', '--size', '96x64', '--frames', '9', '--steps', '2'];
  const { code, err } = await skein(['prompt', 'A robot arm', ...size, '--image', picture, '--out', 'arm.webp']);
  expect(code, err).toBe(0);
  expect(fs.statSync(path.join(home, 'arm.webp')).size).toBeGreaterThan(1000);
});
