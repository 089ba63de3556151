import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyGraph } from '../../nodes/graph';
import { appRouter } from '../../server/api/root';
import { refusal } from '../../server/safety/guard';
import { type LocalServer, openLocalServer } from '../api/local-server';

let server: LocalServer;
beforeAll(async () => {
  server = await openLocalServer();
});
afterAll(() => server.close());

const status = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
/** Everything there is, to see that nothing changed. */
async function snapshot(): Promise<string> {
  const { db } = server.services;
  const tables = [
    db.graph.findMany(),
    db.graphVersion.findMany(),
    db.run.findMany(),
    db.asset.findMany(),
    db.model.findMany(),
  ];
  return JSON.stringify(await Promise.all(tables), (_, value) => (typeof value === 'bigint' ? String(value) : value));
}
// tRPC keeps the flat list here; its type hides behind inference.
const flat = appRouter._def.procedures as unknown as Record<
  string,
  { _def: { type: 'query' | 'mutation' | 'subscription' } }
>;
const procedures = Object.entries(flat).map(([name, one]) => ({ name, type: one._def.type }));
const mutations = procedures.filter(({ type }) => type === 'mutation').map(({ name }) => name);

describe('S15 the server answers to its own names only', () => {
  const get = (host: string, more = '') =>
    `GET /api/trpc/graphs.list HTTP/1.1\r\n${host}${more}Connection: close\r\n\r\n`;
  test.each([
    ['a foreign name', 'Host: evil.example\r\n', ''],
    ['a foreign name with matching origin', 'Host: evil.example\r\n', 'Origin: http://evil.example\r\n'],
    ['a name that begins like ours', 'Host: 127.0.0.1.evil.example\r\n', ''],
    ['a name that ends like ours', 'Host: evil.localhost\r\n', ''],
    ['credentials in front', 'Host: evil@127.0.0.1\r\n', ''],
    ['two names, ours first', 'Host: 127.0.0.1\r\nHost: evil.example\r\n', ''],
    ['two names, ours last', 'Host: evil.example\r\nHost: 127.0.0.1\r\n', ''],
    ['an empty name', 'Host: \r\n', ''],
  ])('%s', async (_, host, more) => {
    expect([400, 421]).toContain(status(await server.raw(get(host, more))));
  });
  test('none at all (HTTP/1.0), and a name inside the target', async () => {
    expect(status(await server.raw('GET /api/trpc/graphs.list HTTP/1.0\r\n\r\n'))).toBe(400);
    const target = `GET http://evil.example/api/trpc/graphs.list HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`;
    expect(status(await server.raw(target))).toBe(400);
  });
  test('pages too', async () => {
    expect(status(await server.raw('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'))).toBe(421);
    expect((await fetch(`${server.url}/`)).status).toBe(200);
  });
  test('its own names, and those it was told, are let in', async () => {
    for (const host of ['127.0.0.1', `localhost:${server.port}`, '[::1]:1', 'LOCALHOST'])
      expect(status(await server.raw(get(`Host: ${host}\r\n`)))).toBe(200);
    const headers = new Headers({ host: 'films.example:8443', origin: 'https://films.example:8443' });
    expect(refusal({ method: 'GET', headers })?.status).toBe(421);
    expect(refusal({ method: 'GET', headers }, { hosts: new Set(['films.example']) })).toBeNull();
  });
});

describe('S17 a form on another page changes nothing', () => {
  const bodies: [string, string][] = [
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="json"\r\n\r\n{}\r\n--x--\r\n'],
    ['text/plain', JSON.stringify({ json: { id: 'a'.repeat(32), graph: emptyGraph(), baseVersion: 1 } })],
    ['application/x-www-form-urlencoded', 'json=%7B%7D'],
  ];
  test.each(mutations)('%s', async (name) => {
    await server.services.db.$queryRawUnsafe('SELECT 1');
    const before = await snapshot();
    for (const [type, body] of bodies)
      for (const origin of ['http://evil.example', `http://localhost:${server.port + 1}`, 'null']) {
        const answer = await fetch(`${server.url}/api/trpc/${name}`, {
          method: 'POST',
          headers: { 'content-type': type, origin, 'sec-fetch-site': 'cross-site' },
          body,
        });
        expect(answer.status).toBe(403);
      }
    // An old browser that says nothing of where it comes from: the header is still missing.
    const silent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"json":{}}' };
    expect((await fetch(`${server.url}/api/trpc/${name}`, silent)).status).toBe(403);
    expect(await snapshot()).toBe(before);
  });
  test('nor an upload', async () => {
    const form = new FormData();
    form.set('file', new Blob(['x']), 'x.png');
    expect((await fetch(`${server.url}/api/assets`, { method: 'POST', body: form })).status).toBe(403);
  });
  test('and there is no permission for other origins in any answer', async () => {
    for (const path of ['/api/trpc/graphs.list', '/api/enter', '/']) {
      const answer = await fetch(`${server.url}${path}`, { headers: { origin: server.url } });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

test('S18 a sandboxed frame (Origin: null) is nobody: POST and WebSocket are refused', async () => {
  const headers = { origin: 'null' };
  expect((await server.procedure('graphs.create', { graph: emptyGraph() }, headers)).status).toBe(403);
  const upgrade = await server.raw(
    `GET /api/trpc HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: null\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  );
  expect(status(upgrade)).toBe(400);
});

test('S19 the event stream is for our own page: a foreign one gets no event', async () => {
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ];
  for (const headers of foreign) {
    const answer = await fetch(`${server.url}/api/trpc/runs.events`, { headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).not.toContain('event-stream');
    expect(await answer.text()).not.toContain('data:');
  }
  expect(server.services.feed.listeners).toBe(0);
});

describe('S20 no state is changed by GET', () => {
  test.each(mutations)('%s', async (name) => {
    const before = await snapshot();
    const input = encodeURIComponent(JSON.stringify({ json: { graph: emptyGraph() } }));
    const batch = encodeURIComponent(JSON.stringify({ 0: { json: { graph: emptyGraph() } } }));
    const asks: [string, RequestInit][] = [
      [`/api/trpc/${name}?input=${input}`, {}],
      [`/api/trpc/${name}?input=${input}&_method=POST`, { headers: { 'x-http-method-override': 'POST' } }],
      [`/api/trpc/${name},graphs.list?batch=1&input=${batch}`, {}],
      [`/api/trpc/${name}?input=${input}`, { method: 'HEAD' }],
      [`/api/trpc/${name}?input=${input}`, { method: 'PUT' }],
    ];
    for (const [path, init] of asks) {
      const answer = await server.call(path, init);
      const isRefused = answer.status >= 400 || (await answer.text()).includes('METHOD_NOT_SUPPORTED');
      expect(isRefused).toBe(true);
    }
    expect(await snapshot()).toBe(before);
  });
});

describe('with a token', () => {
  const token = 'a token of more than sixteen letters';
  beforeAll(() => {
    process.env['SKEIN_TOKEN'] = token;
  });
  afterAll(() => {
    delete process.env['SKEIN_TOKEN'];
  });
  test('nothing is told without it, by any procedure or file, and pages lead to the entrance', async () => {
    for (const { name, type } of procedures) {
      const answer = type === 'mutation' ? await server.procedure(name, {}) : await server.call(`/api/trpc/${name}`);
      expect([name, answer.status]).toEqual([name, 401]);
    }
    expect((await server.call(`/api/assets/${'0'.repeat(32)}`)).status).toBe(401);
    expect((await server.upload(new Uint8Array(1), 'x')).status).toBe(401);
    const page = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect([page.status, new URL(page.headers.get('location') ?? '', server.url).pathname]).toEqual([
      307,
      '/api/enter',
    ]);
  });
  test('the token gives a session that scripts cannot read and other pages cannot send; a forged one is nothing', async () => {
    const body = (given: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: given }),
    });
    expect((await server.call('/api/enter', body('a guess'))).status).toBe(401);
    const answer = await server.call('/api/enter', body(token));
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toContain(token);
    const session = cookie.split(';')[0] ?? '';
    const list = (value: string) => server.call('/api/trpc/graphs.list', { headers: { cookie: value } });
    expect((await list(session)).status).toBe(200);
    const [name, value = ''] = session.split('=');
    const [until = '', signature = ''] = value.split('.');
    for (const forged of [
      `${Number(until) + 9}.${signature}`,
      `${until}.`,
      `1.${signature}`,
      `${until}.${'A'.repeat(43)}`,
    ])
      expect((await list(`${name}=${forged}`)).status).toBe(401);
    expect((await server.call('/api/trpc/graphs.list', { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      200,
    );
    expect((await server.call('/api/trpc/graphs.list', { headers: { authorization: 'Bearer no' } })).status).toBe(401);
    process.env['SKEIN_TOKEN'] = 'another token of sixteen letters';
    expect((await list(session)).status).toBe(401);
    process.env['SKEIN_TOKEN'] = token;
  });
});
