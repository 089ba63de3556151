import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGraph } from '../../nodes/graph';
import { planGraph } from '../../server/api/plan-graph';
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

/** The template with other choices at some of its nodes. */
function changed(more: Record<string, object>) {
  const { graph } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
  if (!graph) throw new Error('The template cannot be read.');
  const nodes = graph.nodes.map((node) => ({ ...node, params: { ...node.params, ...more[node.type] } }));
  return { ...graph, nodes };
}
const idOf = (type: string, { nodes }: ReturnType<typeof changed>) => nodes.find((node) => node.type === type)!.id;

test('what a graphics card cannot hold is refused before it runs, where the card is known and the part computes there', async () => {
  const planned = async (params: object, room: { provider: string; card?: number }) => {
    const graph = changed({ model: { model: 'wan21-t2v', ...params } });
    const { problems, nodes } = await planGraph(server.services, graph, { room: { free: 1e12, ...room } });
    const state = (type: string) => nodes[idOf(type, graph)]?.state;
    return { says: problems.map(({ says }) => says), states: [state('text-encoder'), state('denoiser')] };
  };
  const card = 1e4; // Less than the weights of either part.
  const both = await planned({}, { provider: 'webgpu', card });
  const onCard = (what: RegExp) =>
    expect.stringMatching(new RegExp(`^${what.source} .* on the graphics card, which has`));
  expect(both.says.sort()).toEqual([onCard(/\d+ frames need/), onCard(/The text encoder of wan21-t2v needs/)]);
  expect(both.states).toEqual(['blocked', 'blocked']);
  expect((await planned({ textDevice: 'cpu' }, { provider: 'webgpu', card })).states).toEqual(['will-run', 'blocked']);
  expect((await planned({ textDevice: 'cuda' }, { provider: 'cpu', card })).states).toEqual(['blocked', 'will-run']);
  for (const room of [{ provider: 'cpu', card }, { provider: 'webgpu' }, { provider: 'webgpu', card: 1e12 }])
    expect((await planned({}, room)).says).toEqual([]);
});

test('a clip too large for the memory there is is refused before it runs, with what would fit', async () => {
  const large = { width: 8192, height: 8192, frames: 4097 };
  const graph = changed({ model: { model: 'wan21-t2v' }, 'noise-seed': large });
  const denoiser = idOf('denoiser', graph);
  const plan = await api.runs.plan({ graph });
  expect(plan.problems).toMatchObject([{ at: denoiser, port: 'noise' }]);
  expect(plan.nodes[denoiser]).toMatchObject({ state: 'blocked', says: plan.problems[0]?.says });
  const says = /4097 frames need [\d.]+ GB and [\d.]+ GB are free\. Try \d+ frames? or a smaller size\./;
  await expect(api.runs.start({ graph })).rejects.toThrow(says);
});
