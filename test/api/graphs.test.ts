import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyGraph, type Graph, makeNode } from '../../nodes/graph';
import { type Conflict, callerFor } from '../../server/api/root';
import { localViewer } from '../../server/store/database';
import { type LocalServer, openLocalServer } from './local-server';

let server: LocalServer;
let api: ReturnType<typeof callerFor>;
beforeAll(async () => {
  server = await openLocalServer();
  api = callerFor({ viewer: localViewer, services: server.services });
}, 120_000);
afterAll(() => server.close());

const named = (name: string): Graph => ({ ...emptyGraph(name), nodes: [makeNode('prompt', 'a')] });

describe('graphs', () => {
  test('created, saved, listed, copied, renamed, taken back, removed', async () => {
    const { id, version } = await api.graphs.create({ graph: named('one') });
    expect(version).toBe(1);
    expect(await api.graphs.save({ id, graph: named('two'), baseVersion: 1 })).toEqual({ version: 2 });
    expect(await api.graphs.rename({ id, name: 'three' })).toEqual({ version: 3 });
    expect(await api.graphs.get({ id })).toMatchObject({ name: 'three', version: 3, graph: { name: 'three' } });
    expect(await api.graphs.restore({ id, version: 1 })).toMatchObject({ version: 4, graph: { name: 'one' } });
    expect((await api.graphs.versions({ id })).map(({ reason }) => reason)).toEqual([
      'restore',
      'save',
      'save',
      'save',
    ]);
    const copy = await api.graphs.duplicate({ id });
    expect((await api.graphs.list()).map(({ name }) => name)).toEqual(['one (copy)', 'one']);
    await api.graphs.remove({ id: copy.id });
    expect((await api.graphs.list()).map((graph) => graph.id)).toEqual([id]);
    await expect(api.graphs.get({ id: copy.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('tags travel in the document and in the list; a version may be named', async () => {
    const note = { id: 'note', text: 'For the Harbour film', at: { x: 0, y: 0 }, size: { x: 1, y: 1 } };
    const graph = { ...named('tagged'), layout: { ...named('x').layout, notes: [note] } };
    const { id } = await api.graphs.create({ graph });
    expect(await api.graphs.tag({ id, tags: [' #night', 'Night', 'two  words', ''] })).toEqual({ version: 2 });
    expect((await api.graphs.get({ id })).graph.tags).toEqual(['night', 'two words']);
    const [listed] = await api.graphs.list();
    expect(listed).toMatchObject({ tags: ['night', 'two words'], words: 'for the harbour film' });
    await api.graphs.nameVersion({ id, version: 1, name: ' before tags ' });
    expect((await api.graphs.versions({ id })).map(({ name }) => name)).toEqual([null, 'before tags']);
    await expect(api.graphs.nameVersion({ id, version: 9, name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await api.graphs.tag({ id, tags: [] })).toEqual({ version: 3 });
    expect((await api.graphs.get({ id })).graph).not.toHaveProperty('tags');
    await api.graphs.remove({ id });
  });

  test('two tabs: the later one is told CONFLICT, where the newest is, and where its own copy was put', async () => {
    const { id } = await api.graphs.create({ graph: named('shared') });
    await api.graphs.save({ id, graph: named('tab one'), baseVersion: 1 });
    const answer = await server.procedure('graphs.save', { id, graph: named('tab two'), baseVersion: 1 });
    expect(answer.status).toBe(409);
    // The envelope of superjson and tRPC.
    const { error } = (await answer.json()) as { error: { json: { message: string; data: { conflict: Conflict } } } };
    const { current, kept } = error.json.data.conflict;
    expect([current, kept]).toEqual([2, 3]);
    expect((await api.graphs.get({ id, version: kept })).graph.name).toBe('tab two');
    expect(await api.graphs.save({ id, graph: named('tab two'), baseVersion: current })).toEqual({ version: 4 });
  });

  test('templates can be opened and saved', async () => {
    const found = await api.graphs.templates();
    expect(found.length).toBeGreaterThan(0);
    // Each shows what it makes.
    for (const { id, cover } of found) expect([id, cover?.slice(0, 23)]).toEqual([id, 'data:image/webp;base64,']);
    for (const { graph } of found) expect(await api.graphs.create({ graph })).toMatchObject({ version: 1 });
  });
});
