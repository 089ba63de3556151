import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodePlan, RunHappening } from '../../nodes/events';
import { readGraph } from '../../nodes/graph';
import { callerFor } from '../../server/api/root';
import { models } from '../../server/cli/models';
import { localViewer } from '../../server/store/database';
import { openWorkshop } from '../../server/worker/executor-workshop';
import { type LocalServer, openLocalServer } from '../api/local-server';
import { smallGraph } from '../start/skein';

let server: LocalServer;
let folder: string;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync(process.env['TMPDIR'] ?? '/tmp'), 'skein-models-'));
  fs.cpSync('test/parity/wan21-t2v', path.join(folder, 'gosling'), { recursive: true });
  server = await openLocalServer([folder]);
});
afterAll(async () => {
  await server.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('S30 a model file with one byte replaced never passes for the old one: nothing made with it is used again', async () => {
  const api = callerFor({ viewer: localViewer, services: server.services });
  const { graph } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
  if (!graph) throw new Error('The template cannot be read.');
  const prints = async () => {
    await api.models.rescan();
    const { nodes } = await api.runs.plan({ graph });
    return (type: string): NodePlan['fingerprint'] =>
      nodes[graph.nodes.find((node) => node.type === type)?.id ?? '']?.fingerprint;
  };
  const before = await prints();
  const file = path.join(folder, 'gosling/transformer/diffusion_pytorch_model.safetensors');
  const { size, atime, mtime } = fs.statSync(file);
  const bytes = fs.readFileSync(file);
  bytes[size - 5] = (bytes[size - 5] ?? 0) ^ 1;
  // As somebody would who wants to hide it: another file of the same size and the same time.
  fs.writeFileSync(`${file}.new`, bytes);
  fs.renameSync(`${file}.new`, file);
  fs.utimesSync(file, atime, mtime);
  const after = await prints();
  for (const type of ['denoiser', 'vae-decoder', 'muxer']) {
    expect(before(type)).toMatch(/^[0-9a-f]{64}$/);
    expect(after(type)).toMatch(/^[0-9a-f]{64}$/);
    expect(after(type)).not.toBe(before(type));
  }
  // Both are remembered: what an old run used can still be told.
  expect(await server.services.db.model.count({ where: { id: 'gosling' } })).toBe(2);
  expect(after('noise-seed')).toBeDefined();
});

test('a link among the models leads nowhere by any route', async () => {
  const api = callerFor({ viewer: localViewer, services: server.services });
  const canary = path.join(server.home, 'canary.txt');
  fs.writeFileSync(canary, 'canary-of-the-models');
  fs.symlinkSync(canary, path.join(folder, 'gosling/model_card.json'));
  const cards = JSON.stringify(await api.models.rescan());
  expect(cards).not.toContain('canary-of-the-models');
  for (const at of ['/models/gosling/model_card.json', '/api/models/gosling', '/api/assets/gosling%2fmodel_card.json'])
    expect((await server.call(at)).status).toBe(404);
});

describe('S30 a model file that changes behind our back', () => {
  const library = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'skein-s30-')), 'models');
  const home = path.join(library, '../home');
  const file = path.join(library, 'wan21-t2v/transformer/diffusion_pytorch_model.safetensors');
  const flip = () => {
    const { size, atime, mtime } = fs.statSync(file);
    const handle = fs.openSync(file, 'r+');
    const byte = Buffer.alloc(1);
    fs.readSync(handle, byte, 0, 1, size - 5);
    byte[0] = (byte[0] ?? 0) ^ 1;
    fs.writeSync(handle, byte, 0, 1, size - 5);
    fs.closeSync(handle);
    // In place, of the same size, and with the old times.
    fs.utimesSync(file, atime, mtime);
  };
  /** One run in an executor's workshop of its own, as after a restart. */
  const run = async (seed: number) => {
    const workshop = await openWorkshop({ dataFolder: home, modelFolders: [library], device: 'cpu' });
    const happened: RunHappening[] = [];
    const emit = (event: RunHappening) => happened.push(event);
    const graph = smallGraph({ steps: 1, seed });
    const { state } = await workshop.run({ graph }, { emit, signal: new AbortController().signal });
    await workshop.close();
    const says = JSON.stringify(happened.filter(({ type }) => /failed/.test(type)));
    return { state, says, started: happened.filter(({ type }) => type === 'node.started').length };
  };
  beforeAll(() => {
    fs.cpSync('test/parity/wan21-t2v', path.join(library, 'wan21-t2v'), { recursive: true });
    vi.stubEnv('SKEIN_HOME', home);
    vi.stubEnv('SKEIN_MODELS', library);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    fs.rmSync(path.dirname(library), { recursive: true, force: true });
  });

  test('fails the next run before inference, with the file and the remedy, until its bytes are accepted', async () => {
    expect(await run(1)).toMatchObject({ state: 'done' });
    flip();
    for (const seed of [1, 2]) {
      const { state, says, started } = await run(seed);
      expect([state, started]).toEqual(['failed', 0]);
      expect(says).toContain('MODEL_DIGEST_MISMATCH');
      expect(says).toContain(file);
      expect(says).toContain('npx skein models verify wan21-t2v --accept');
    }
    expect(await models(['verify', 'wan21-t2v'])).toBe(1);
    expect(await run(2)).toMatchObject({ state: 'failed' });
    expect(await models(['verify', 'wan21-t2v', '--accept'])).toBe(0);
    expect(await models(['verify'])).toBe(0);
    expect(await run(2)).toMatchObject({ state: 'done' });
    // The old bytes are the strangers now.
    flip();
    expect(await run(1)).toMatchObject({ state: 'failed', says: expect.stringContaining('MODEL_DIGEST_MISMATCH') });
    expect(await models(['add', path.join(library, 'wan21-t2v')])).toBe(0);
    expect(await run(1)).toMatchObject({ state: 'done' });
  });

  test('an update that brings its own description along is a new model, and needs no ceremony', async () => {
    flip();
    fs.writeFileSync(path.join(library, 'wan21-t2v/README.md'), 'Version 2');
    expect(await run(3)).toMatchObject({ state: 'done' });
  });
});
