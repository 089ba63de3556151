import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodePlan } from '../../nodes/events';
import { readGraph } from '../../nodes/graph';
import { callerFor } from '../../server/api/root';
import { localViewer } from '../../server/store/database';
import { type LocalServer, openLocalServer } from '../api/local-server';

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
