import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { call } from './call';

const root = path.resolve(import.meta.dirname, '../..');
const parity = path.join(root, 'test/parity');
// A call with `skein` is a new process that loads onnxruntime; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 });
let home: string;
let here: string;

beforeAll(() => {
  fs.mkdirSync(path.join(root, '.skein'), { recursive: true });
  home = fs.mkdtempSync(path.join(root, '.skein', 'test-cli-'));
  here = path.join(home, 'where the user is');
  fs.mkdirSync(here);
  fs.copyFileSync(path.join(root, 'graphs/text-to-video.json'), path.join(here, 'graph.json'));
});
afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

interface Said {
  code: number | null;
  out: string;
  err: string;
  lines: Record<string, unknown>[];
}

const jsonLines = (out: string) =>
  out
    .trim()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

function skein(args: string[], onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void): Promise<Said> {
  const child = spawn(process.execPath, [path.join(root, 'scripts/skein.mjs'), ...args], {
    cwd: here,
    env: { ...process.env, SKEIN_HOME: home, SKEIN_MODELS: parity, SKEIN_DEVICE: 'cpu' },
    detached: true, // a process group of its own, which Ctrl-C is sent to
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const line of chunk.toString().split('\n')) onLine?.(line, (signal) => process.kill(-child.pid!, signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err, lines: jsonLines(out) }));
  });
}

/** The same call in this process: for what is said without a run, of which some calls are made as people make them. */
async function answered(args: string[]): Promise<Said> {
  const env = { SKEIN_CWD: here, SKEIN_HOME: home, SKEIN_MODELS: parity, SKEIN_DEVICE: 'cpu' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const said = await call(args).finally(() => vi.unstubAllEnvs());
  return { ...said, lines: jsonLines(said.out) };
}

const tiny = [
  'model.model=wan21-t2v',
  'noise.width=48',
  'noise.height=32',
  'noise.frames=9',
  'denoiser.steps=3',
].flatMap((one) => ['--set', one]);

describe('skein run', () => {
  test('prints a line of JSON per event and one for the result; again: nothing runs; a rotten film is made anew', async () => {
    const first = await skein(['run', 'graph.json', ...tiny, '--out', 'films', '--json']);
    expect(first.code, first.err).toBe(0);
    const result = first.lines.at(-1) as { outputs: { node: string; file: string; sha256: string }[]; ran: number };
    expect(result).toMatchObject({ outputs: [{ node: 'muxer' }], reused: 0, ran: 8, seconds: expect.any(Number) });
    expect(first.lines.slice(0, -1).map((line) => line.type)).toEqual(
      expect.arrayContaining(['run.started', 'node.done', 'run.done']),
    );
    const [film] = result.outputs;
    expect(path.dirname(film!.file)).toBe(path.join(here, 'films'));
    expect(createHash('sha256').update(fs.readFileSync(film!.file)).digest('hex')).toBe(film!.sha256);

    const again = await skein(['run', 'graph.json', ...tiny, '--out', 'films', '--json']);
    expect(again.lines.at(-1)).toMatchObject({ outputs: result.outputs, ran: 0, reused: 8 });
    expect(fs.readdirSync(path.join(here, 'films'))).toEqual(['text-to-video.mp4']);

    // The film rots in the store: it is made again before it is handed out.
    const { sha256 } = film!;
    const blob = path.join(home, 'blobs', sha256.slice(0, 2), sha256);
    const bytes = fs.readFileSync(blob);
    bytes[100]! ^= 1;
    fs.writeFileSync(blob, bytes);
    const mended = await skein(['run', 'graph.json', ...tiny, '--out', 'films', '--json']);
    expect(mended.code, mended.err).toBe(0);
    expect(mended.lines.at(-1)).toMatchObject({ outputs: result.outputs, ran: 1 });
    expect(createHash('sha256').update(fs.readFileSync(blob)).digest('hex')).toBe(sha256);
  });

  test('reproduce makes a film again from what it carries, all of it anew, and says that the bytes are the same', async () => {
    const film = path.join('films', 'text-to-video.mp4');
    const { lines, code, err } = await skein(['reproduce', film, '--out', 'films', '--json', '--no-cache']);
    expect(code, err).toBe(0);
    expect(lines[0]).toEqual({ type: 'differences', differences: [] });
    expect(lines.at(-1)).toMatchObject({ ran: 8, reused: 0, verdict: 'same-file' });
    expect(fs.readdirSync(path.join(here, 'films'))).toEqual(['text-to-video.mp4']);
  });

  test('Ctrl-C ends the run in good order with code 130, and the next run goes on', async () => {
    const args = ['run', 'graph.json', ...tiny, '--set', 'denoiser.steps=300', '--set', 'muxer.name=long', '--json'];
    let isSent = false;
    const cut = await skein(args, (line, kill) => {
      if (!isSent && line.includes('node.progress') && line.includes('denoiser')) {
        isSent = true;
        kill('SIGINT');
      }
    });
    expect(cut.code).toBe(130);
    expect(cut.lines.at(-1)).toMatchObject({ outputs: [], error: 'Cancelled.' });
    const next = await skein(args);
    expect(next.code, next.err).toBe(0);
    const begun = next.lines.find((line) => line.type === 'node.started' && line.node === 'denoiser');
    expect(begun?.resumedAt).toBeGreaterThan(0);
  });

  test('what fails says where and why, with a code that is not 0', async () => {
    const wrong = await skein(['run', 'graph.json', ...tiny, '--set', 'model.model=ghost', '--json']);
    expect(wrong.code).toBe(1);
    expect(wrong.lines.at(-1)).toMatchObject({
      outputs: [],
      ran: 0,
      error: expect.stringContaining('"ghost" is not in the library'),
    });
    const said = await skein(['run', 'graph.json', ...tiny, '--set', 'model.model=ghost']);
    expect(said.err).toContain('Model (model): The model "ghost" is not in the library');
    expect(said.out).toBe('');
  });
});

test('skein prompt: words become a file of the asked kind; a picture may begin it', async () => {
  const small = ['--model', 'wan22-ti2v', '--size', '64x64', '--frames', '9', '--steps', '2', '--seed', '7'];
  const { code, out, err } = await skein([
    'prompt',
    'A red fox, running!',
    ...small,
    '--image',
    path.join(parity, 'ti2v-image4.png'),
    '--out',
    'fox.gif',
  ]);
  expect(code, err).toBe(0);
  expect(out.trim()).toBe(path.join(here, 'fox.gif'));
  expect(fs.readFileSync(path.join(here, 'fox.gif')).subarray(0, 4).toString()).toBe('GIF8');
  expect(err).toMatch(/Done in .* s: \d+ ran/);
  const wrong = await answered(['prompt', 'x', '--model', 'wan22-ti2v', '--size', '60x64', '--frames', '9']);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/multiple of \d+.*60/);
});

test('skein check and skein models', async () => {
  const good = await answered(['check', 'graph.json', ...tiny]);
  expect([good.code, good.out]).toEqual([0, 'graph.json: nothing is wrong with it.']);
  const bad = await answered(['check', 'graph.json', ...tiny, '--set', 'noise.width=50', '--json']);
  expect(bad.code).toBe(1);
  expect(bad.lines[0]).toMatchObject({ problems: [{ at: 'noise', param: 'width' }] });

  const listed = JSON.parse((await answered(['models', 'list', '--json'])).out) as { id: string; folder: string }[];
  expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(['wan21-t2v', 'wan22-ti2v']));
  const mine = path.join(here, 'my-model');
  fs.cpSync(path.join(parity, 'wan21-t2v'), mine, { recursive: true });
  const file = path.join(mine, 'vae/diffusion_pytorch_model.safetensors');
  fs.utimesSync(file, 1e9, 1e9);
  expect((await answered(['models', 'add', 'my-model'])).out).toContain('my-model is in the library');
  expect((await answered(['models', 'verify', 'my-model'])).out).toContain('my-model: good');
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 9]! ^= 1;
  fs.writeFileSync(file, bytes);
  fs.utimesSync(file, 1e9, 1e9);
  const changed = await skein(['models', 'verify', 'my-model']);
  expect([changed.code, changed.out]).toEqual([1, expect.stringContaining('have changed on disk')]);
  fs.mkdirSync(path.join(here, 'empty'));
  const none = await answered(['models', 'add', 'empty']);
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('no model_index.json')]);
});

test('a wrong call is answered with what to do, and code 2', async () => {
  const wrong = await skein(['run', 'graph.json', '--colour']);
  expect([wrong.code, wrong.out, wrong.err]).toEqual([2, '', expect.stringContaining("Unknown option '--colour'")]);
  const missing = await skein(['run', 'none.json']);
  expect([missing.code, missing.err]).toEqual([
    1,
    'none.json: There is no such file, or it cannot be read. Give the path of a graph, or of a film or picture with one inside.\n',
  ]);
});

test('a place where nothing can be put is refused before anything is computed', async () => {
  fs.writeFileSync(path.join(here, 'a file'), '');
  fs.mkdirSync(path.join(here, 'folder.mp4'));
  const call = ['run', 'graph.json', ...tiny, '--set', 'noise.seed=99', '--json', '--out'];
  const onFile = await answered([...call, 'a file']);
  expect(onFile.code).toBe(1);
  expect(onFile.lines).toMatchObject([
    { outputs: [], ran: 0, error: expect.stringContaining('is a file, not a folder') },
  ]);
  const onFolder = await answered(['prompt', 'x', '--out', 'folder.mp4']);
  expect([onFolder.code, onFolder.err]).toEqual([
    1,
    expect.stringContaining('This is a folder. Give the name of a file'),
  ]);
});

// Making a folder there, and those above it, went on for ever.
test.skipIf(process.platform !== 'linux')('a place that takes no folders fails with what the system says', async () => {
  const { code, err } = await skein(['run', 'graph.json', ...tiny, '--out', '/proc/skein/films']);
  expect(code).toBe(1);
  expect(err).toContain('could not be saved');
});

test('--json ends with a line of the same form, also when the call came to nothing', async () => {
  const missing = await answered(['run', 'none.json', '--json']);
  expect(missing.code).toBe(1);
  expect(missing.lines).toEqual([
    { outputs: [], seconds: 0, reused: 0, ran: 0, error: expect.stringContaining('none.json: There is no such file') },
  ]);
  expect(missing.err).toContain('none.json: There is no such file');
  const wrong = await answered(['prompt', 'x', '--size', 'large', '--json']);
  expect([wrong.code, wrong.lines.length]).toEqual([2, 1]);
  const checked = await answered(['check', 'none.json', '--json']);
  expect([checked.code, checked.lines]).toEqual([1, [{ problems: [{ says: expect.stringContaining('none.json') }] }]]);
});

test('who reads only the first line, as `| head -1` does, sees no fault of ours', async () => {
  const args = [path.join(root, 'scripts/skein.mjs'), 'run', 'graph.json', ...tiny, '--no-cache', '--json'];
  const child = spawn(process.execPath, args, {
    cwd: here,
    env: { ...process.env, SKEIN_HOME: home, SKEIN_MODELS: parity, SKEIN_DEVICE: 'cpu' },
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await new Promise((resolve) => child.on('close', resolve));
  expect(err).not.toMatch(/EPIPE|\bat \w/);
});

test('npx finds skein in a checkout, without a link and without the network', () => {
  const { stdout, status } = spawnSync('npm', ['exec', '--offline', '--', 'skein', '--help'], {
    cwd: path.join(root, 'graphs'),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  expect(status).toBe(0);
  expect(stdout).toContain('skein run <graph.json>');
});
