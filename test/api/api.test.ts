import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RunEvent } from '../../nodes/events';
import { emptyGraph, type Graph, makeNode, readGraph } from '../../nodes/graph';
import { callerFor } from '../../server/api/root';
import { enqueueRun, recordHappenings } from '../../server/store/attempts';
import { localViewer } from '../../server/store/database';
import { newId } from '../../server/store/new-id';
import { type LocalServer, openLocalServer } from './local-server';

let server: LocalServer;
let api: ReturnType<typeof callerFor>;
beforeAll(async () => {
  server = await openLocalServer(['test/parity']);
  api = callerFor({ viewer: localViewer, services: server.services });
}, 120_000);
afterAll(() => server.close());

const named = (name: string): Graph => ({ ...emptyGraph(name), nodes: [makeNode('prompt', 'a')] });

describe('runs', () => {
  const broken: Graph = { ...named('broken'), nodes: [makeNode('muxer', 'out')] };

  test('a graph that cannot finish is not started, and the answer names the node', async () => {
    const plan = await api.runs.plan({ graph: broken });
    expect(plan.problems[0]).toMatchObject({ at: 'out' });
    expect(plan.nodes['out']?.state).toBe('blocked');
    await expect(api.runs.start({ graph: broken })).rejects.toThrow(/^At "out": .*not connected/);
    expect(await api.runs.queue()).toEqual([]);
  });

  test('a broken node that no output needs does not keep the others from running; the queue and the wish to cancel', async () => {
    const { graph } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
    if (!graph) throw new Error('The template cannot be read.');
    const nodes = graph.nodes.map((node) =>
      node.type === 'model' ? { ...node, params: { model: 'wan21-t2v' } } : node,
    );
    const stray = { ...graph, nodes: [...nodes, makeNode('text-encoder', 'stray')] };
    const plan = await api.runs.plan({ graph: stray });
    expect(plan.problems.every(({ at }) => at === 'stray')).toBe(true);
    expect(plan.nodes['stray']?.state).toBe('unused');
    const first = await api.runs.start({ graph: stray });
    const second = await api.runs.start({ graph: stray, priority: 1 });
    expect((await api.runs.queue()).map(({ id }) => id)).toEqual([second.runId, first.runId]);
    expect((await api.runs.get(first)).graph.nodes.some(({ id }) => id === 'stray')).toBe(true);
    await expect(api.runs.remove(first)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await api.runs.cancel(first)).toEqual({ was: 'waiting' });
    expect(await api.runs.cancel(first)).toEqual({ was: 'ended' });
    await api.runs.remove(first);
    await api.runs.cancel(second);
    expect(await api.runs.queue()).toEqual([]);
    expect((await api.runs.list({})).runs.map(({ id, state }) => [id, state])).toEqual([[second.runId, 'cancelled']]);
    await server.services.db.run.deleteMany();
  });

  test('R30 what is not there is said not to be there, never done', async () => {
    for (const call of [api.runs.get({ runId: newId() }), api.runs.remove({ runId: newId() })])
      await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(api.runs.cancel({ runId: newId() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(api.runs.get({ runId: 'x' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('the event stream', () => {
  /** Reads events until `enough`, then hangs up. */
  async function read(lastEventId: string | undefined, enough: (events: RunEvent[]) => boolean): Promise<RunEvent[]> {
    const hangUp = new AbortController();
    const input =
      lastEventId === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: { lastEventId } }))}`;
    const answer = await server.call(`/api/trpc/runs.events${input}`, { signal: hangUp.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const events: RunEvent[] = [];
    let held = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      const parts = (held + decoder.decode(chunk, { stream: true })).split('\n\n');
      held = parts.pop() ?? '';
      for (const part of parts) {
        const id = /^id: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (id === undefined || data === undefined) continue;
        // An event as the subscription yields it.
        const { json } = JSON.parse(data) as { json: RunEvent };
        expect(Number(id)).toBe(json.seq);
        events.push(json);
      }
      if (enough(events)) break;
    }
    hangUp.abort();
    return events;
  }
  const enqueue = async () => {
    const run = await enqueueRun(server.services.db, localViewer, { name: 'r', document: JSON.stringify(named('r')) });
    server.services.feed.publish(localViewer.ownerId, run.events);
    return run.id;
  };

  test('R19 after any number of broken lines nothing is missing and nothing comes twice', async () => {
    const { db, feed } = server.services;
    let seq = '0';
    const seen: RunEvent[] = [];
    const ids: string[] = [];
    for (let line = 0; line < 12; line++) {
      const before = await enqueue();
      const reading = read(seq, (events) => events.some(({ run }) => run === ids.at(-1)));
      const during = await enqueue();
      ids.push(before, during);
      const events = await reading;
      seen.push(...events);
      seq = String(events.at(-1)?.seq ?? seq);
    }
    const stored = await db.event.findMany({ orderBy: { seq: 'asc' } });
    expect(seen.map((event) => event.seq)).toEqual(stored.map((event) => event.seq).slice(0, seen.length));
    expect(new Set(seen.map(({ run }) => run))).toEqual(new Set(ids));
    await Promise.race([new Promise((go) => setTimeout(go, 500))]);
    expect(feed.listeners).toBe(0);
    await db.run.deleteMany();
  });

  test('a tab that opens late gets what happened to unfinished runs, and the latest progress', async () => {
    const { db, feed } = server.services;
    const done = await enqueue();
    const id = await enqueue();
    await db.run.update({ where: { id: done }, data: { state: 'done' } });
    await db.run.update({ where: { id }, data: { state: 'running', token: 'token' } });
    const events = (await recordHappenings(db, 'token', [{ type: 'node.started', node: 'denoiser' }])) ?? [];
    feed.publish(localViewer.ownerId, events);
    const seq = events[0]?.seq ?? 0;
    for (const step of [1, 2])
      feed.publish(localViewer.ownerId, [
        { type: 'node.progress', node: 'denoiser', done: step, of: 9, run: id, seq, at: 1 },
      ]);
    const seen = await read(undefined, (all) => all.some(({ type }) => type === 'node.progress'));
    expect(seen.map(({ run, type }) => [run, type])).toEqual([
      [id, 'run.queued'],
      [id, 'node.started'],
      [id, 'node.progress'],
    ]);
    expect(seen[2]).toMatchObject({ done: 2, seq });
    await db.run.deleteMany();
  });
});

describe('files', () => {
  const bytes = new TextEncoder().encode('{"format":"skein-graph"}');

  test('ranges, conditions and names as a video element asks for them', async () => {
    const sharp = (await import('sharp')).default;
    const png = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const stored = await server.upload(png, 'ein Bild.png');
    expect(stored.status).toBe(201);
    const asset = (await stored.json()) as { id: string; sha256: string };
    expect(asset).toMatchObject({
      mime: 'image/png',
      width: 64,
      height: 48,
      kind: 'image',
      origin: 'upload',
      name: 'ein Bild.png',
    });
    const at = `/api/assets/${asset.id}`;
    const whole = await server.call(at);
    expect(Buffer.from(await whole.arrayBuffer()).equals(png)).toBe(true);
    const part = async (range: string, more: Record<string, string> = {}) => {
      const answer = await server.call(at, { headers: { range, ...more } });
      const body = Buffer.from(await answer.arrayBuffer());
      return { status: answer.status, range: answer.headers.get('content-range'), body };
    };
    const last = png.length - 1;
    expect(await part('bytes=2-5')).toEqual({
      status: 206,
      range: `bytes 2-5/${png.length}`,
      body: png.subarray(2, 6),
    });
    expect(await part('bytes=10-')).toMatchObject({ status: 206, range: `bytes 10-${last}/${png.length}` });
    expect(await part('bytes=-4')).toMatchObject({ status: 206, body: png.subarray(-4) });
    expect(await part(`bytes=0-${png.length * 9}`)).toMatchObject({ status: 206, body: png });
    expect(await part(`bytes=${png.length}-`)).toMatchObject({ status: 416, range: `bytes */${png.length}` });
    expect(await part('bytes=0-1,4-5')).toMatchObject({ status: 200 });
    expect(await part('bytes=0-1', { 'if-range': '"other"' })).toMatchObject({ status: 200 });
    const etag = whole.headers.get('etag') ?? '';
    expect((await server.call(at, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const thumb = await server.call(`${at}?thumb=1`);
    expect([thumb.status, thumb.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(await sharp(Buffer.from(await thumb.arrayBuffer())).metadata()).toMatchObject({ width: 64, height: 48 });

    expect((await api.assets.list({ kind: 'image' })).assets.map(({ id }) => id)).toEqual([asset.id]);
    expect((await api.assets.list({ sha256: asset.sha256 })).assets.map(({ id }) => id)).toEqual([asset.id]);
    expect((await api.assets.list({ sha256: '0'.repeat(64) })).assets).toEqual([]);
    await api.assets.remove({ id: asset.id });
    expect((await server.call(at)).status).toBe(404);
    expect((await api.assets.list({})).assets).toEqual([]);
  });

  test('a file over the limit is refused with the limit in words, announced or not', async () => {
    process.env['SKEIN_UPLOAD_BYTES'] = '100000';
    try {
      const large = new Uint8Array(200_000).fill(7);
      const announced = await server.upload(large, 'x.png');
      expect(announced.status).toBe(413);
      expect(await announced.text()).toMatch(/larger than 0 MB|SKEIN_UPLOAD_BYTES/);
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(large);
        },
        start(controller) {
          const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n';
          controller.enqueue(new TextEncoder().encode(head));
        },
      });
      const init: RequestInit & { duplex: 'half' } = {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: stream,
        duplex: 'half',
      };
      expect((await server.call('/api/assets', init)).status).toBe(413);
    } finally {
      delete process.env['SKEIN_UPLOAD_BYTES'];
    }
  });

  test('broken multipart is refused, whatever is broken about it', async () => {
    const post = (body: string, boundary = 'x') =>
      server.call('/api/assets', {
        method: 'POST',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body,
      });
    const part = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    for (const body of [
      '',
      '--x--',
      '--x\r\n',
      `--x\r\n${part}no end`,
      '--y\r\n\r\n--y--',
      `--x\r\n${'h'.repeat(40_000)}`,
    ])
      expect([body.slice(0, 20), (await post(body)).status]).toEqual([body.slice(0, 20), 400]);
    expect((await post('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x--')).status).toBe(400);
    expect((await server.upload(bytes, 'graph.json')).status).toBe(415);
  });
});

test('what the database’s own client says stays in the log: it names files of ours and no way out', async () => {
  const { db } = server.services;
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  await db.$executeRawUnsafe('ALTER TABLE "Preset" RENAME TO "Elsewhere"');
  const answer = await (await server.procedure('presets.list', { type: 'prompt' })).text();
  await db.$executeRawUnsafe('ALTER TABLE "Elsewhere" RENAME TO "Preset"');
  expect(answer).toMatch(/The database refused this.*log of the server/);
  expect(answer).not.toMatch(/Preset|invocation|\.ts/);
  expect(String(log.mock.calls)).toMatch(/Preset/);
});

test('the status tells what is there', async () => {
  const status = await api.system.status();
  expect(status.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(status.worker.alive).toBe(false);
  expect(status.disk.free).toBeGreaterThan(0);
  expect(status.cache.budget).toBeGreaterThan(0);
  // Those in folders of their own are found, too.
  const models = (await api.models.list()).map(({ id }) => id);
  expect(models).toEqual(expect.arrayContaining(['wan21-t2v', 'wan22-ti2v']));
  expect((await api.models.rescan()).map(({ id }) => id)).toEqual(models);
  expect(await server.services.db.model.count()).toBe(models.length);
  expect(await api.system.clearCache()).toEqual({ freed: 0 });
});
