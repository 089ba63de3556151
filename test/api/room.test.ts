import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGraph } from '../../nodes/graph';
import { callerFor } from '../../server/api/root';
import { localViewer } from '../../server/store/database';
import { type LocalServer, openLocalServer } from './local-server';

let server: LocalServer;
let api: ReturnType<typeof callerFor>;
beforeAll(async () => {
  server = await openLocalServer(['test/parity']);
  api = callerFor({ viewer: localViewer, services: server.services });
}, 120_000);
afterAll(() => server.close());

test('a clip too large for the memory there is is refused before it runs, with what would fit', async () => {
  const { graph } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
  if (!graph) throw new Error('The template cannot be read.');
  const more: Record<string, object> = {
    model: { model: 'wan21-t2v' },
    'noise-seed': { width: 8192, height: 8192, frames: 4097 },
  };
  const nodes = graph.nodes.map((node) => ({ ...node, params: { ...node.params, ...more[node.type] } }));
  const denoiser = nodes.find(({ type }) => type === 'denoiser')!.id;
  const plan = await api.runs.plan({ graph: { ...graph, nodes } });
  expect(plan.problems).toMatchObject([{ at: denoiser, port: 'noise' }]);
  expect(plan.nodes[denoiser]?.state).toBe('blocked');
  const says = /4097 frames need [\d.]+ GB and [\d.]+ GB are free\. Try \d+ frames? or a smaller size\./;
  await expect(api.runs.start({ graph: { ...graph, nodes } })).rejects.toThrow(says);
});
