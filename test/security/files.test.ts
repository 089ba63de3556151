import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../server/store/new-id';
import { type LocalServer, openLocalServer } from '../api/local-server';

const canary = `canary-${newId()}`;
let server: LocalServer;
beforeAll(async () => {
  server = await openLocalServer();
  fs.writeFileSync(path.join(server.home, 'canary.txt'), canary);
});
afterAll(() => server.close());

const bytes = (text: string) => new TextEncoder().encode(text);
const png = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' }, limitInputPixels: false })
    .png({ compressionLevel: 9 })
    .toBuffer();
const assets = () => server.services.db.asset.count();
async function refused(answer: Response): Promise<string> {
  expect([400, 413, 415]).toContain(answer.status);
  // Our own shape.
  const { error } = (await answer.json()) as { error: string };
  expect(error).not.toContain(server.home);
  return error;
}

describe('S3 no request names a file', () => {
  test.each([
    ...['..%2f..%2fcanary.txt', '%252e%252e%252fcanary.txt', '..\\..\\canary.txt', '..%5c..%5ccanary.txt'],
    ...['x%00.png', 'C:\\canary.txt', 'C:%5Ccanary.txt', '%2e%2e/canary.txt', 'canary.txt', '%ff%fe', '%'],
    ...['a'.repeat(5000), '0'.repeat(64), '0'.repeat(31), 'A'.repeat(32)],
  ])('case %#', async (id) => {
    const host = `Host: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`;
    for (const ending of ['', '?thumb=1', '?download']) {
      const answer = await server.raw(`GET /api/assets/${id}${ending} HTTP/1.1\r\n${host}`);
      expect(answer).toMatch(/^HTTP\/1\.1 (404|400)/);
      expect(answer).not.toContain(canary);
    }
  });
});

describe('S4 a link in the store is not a file of ours', () => {
  test.each(['a symbolic link', 'a hard link'])('%s', async (kind) => {
    const stored = await (await server.upload(await png(40, 30), 'a.png')).json();
    const { id, sha256 } = stored as { id: string; sha256: string };
    const file = server.services.cache.files.path(sha256);
    const target = path.join(server.home, 'canary.txt');
    fs.rmSync(file);
    if (kind === 'a symbolic link') fs.symlinkSync(target, file);
    else fs.linkSync(target, file);
    for (const ending of ['', '?thumb=1', '?download']) {
      const answer = await server.call(`/api/assets/${id}${ending}`);
      expect(answer.status).toBe(410);
      expect(await answer.text()).not.toContain(canary);
    }
    fs.rmSync(file);
  });

  test('and a file whose bytes are not those of its name is not served either', async () => {
    const stored = await (await server.upload(await png(41, 30), 'a.png')).json();
    const { id, sha256 } = stored as { id: string; sha256: string };
    fs.writeFileSync(server.services.cache.files.path(sha256), canary);
    expect((await server.call(`/api/assets/${id}`)).status).toBe(410);
  });
});

describe('S5 nothing that can carry a script is taken, or it is served so that it cannot run', () => {
  test.each([
    ['an SVG', 'x.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['an SVG after a declaration', 'x.png', '<?xml version="1.0"?>\n<!-- x --><svg onload="alert(1)"/>'],
    ['a web page named .png', 'x.png', '<!doctype html><script>alert(1)</script>'],
    ['a web page after white space', 'x.png', '\n\n  <html><body onload=alert(1)>'],
    ['XML', 'x.xml', '<?xml version="1.0"?><a/>'],
    ['a script', 'x.js', 'alert(1)'],
  ])('%s is refused', async (_, name, text) => {
    const before = await assets();
    expect((await server.upload(bytes(text), name, 'image/png')).status).toBe(415);
    expect(await assets()).toBe(before);
  });

  test('a picture with a page behind it is served as a picture, sandboxed, never sniffed', async () => {
    const both = Buffer.concat([await png(20, 20), bytes('<!doctype html><script>alert(1)</script>')]);
    const answer = await server.upload(both, 'x.html', 'text/html');
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    const { headers } = await server.call(`/api/assets/${id}`);
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  test('a name cannot break out of its header', async () => {
    const name = 'a"\r\nx-evil: 1\r\n\u202egnp.html\u0000/../../b.png';
    const { id } = (await (await server.upload(await png(21, 20), name)).json()) as { id: string };
    const { headers } = await server.call(`/api/assets/${id}?download`);
    expect(headers.get('x-evil')).toBeNull();
    expect(headers.get('content-disposition')).toBe('attachment; filename="b.png"; filename*=UTF-8\'\'b.png');
  });
});

test('S6 JSON that plays an upload is not one', async () => {
  const before = await assets();
  for (const type of [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/mixed; boundary=x',
  ]) {
    const body = JSON.stringify({ files: { f: { filepath: '../../canary.txt' } } });
    const answer = await server.call('/api/assets', { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBe(415);
  }
  expect(await assets()).toBe(before);
});

test('an empty file is refused, and so is half a header', async () => {
  await refused(await server.upload(new Uint8Array(0), 'a.png'));
  await refused(await server.upload((await png(300, 300)).subarray(0, 12), 'a.png'));
});

describe('S33 a playlist is not a video, whatever it is called', () => {
  let hits = 0;
  const listener = http.createServer((_, answer) => {
    hits += 1;
    answer.end();
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/x.ts`; // a TCP server has a port
  });
  afterAll(() => {
    listener.close();
    expect(hits).toBe(0);
  });

  const playlist = (target: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`;
  const cases: [string, () => string | Buffer][] = [
    ['HLS of a local file', () => playlist(`file://${server.home}/canary.txt`)],
    ['HLS of concat:', () => playlist(`concat:${server.home}/canary.txt|${server.home}/canary.txt`)],
    ['HLS of a web address', () => playlist(url)],
    ['ffconcat', () => `ffconcat version 1.0\nfile ${server.home}/canary.txt\n`],
    ['DASH', () => `<?xml version="1.0"?><MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>`],
    ['SDP', () => 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n'],
    [
      'HLS behind an MP4 beginning',
      () => Buffer.concat([bytes('\0\0\0\x18ftypisom\0\0\0\0isommp42'), bytes(playlist(url))]),
    ],
    ['a subtitle file', () => `1\n00:00:00,000 --> 00:00:01,000\n${url}\n`],
    ['a concat: name as content', () => `concat:${server.home}/canary.txt`],
  ];
  test.each(cases)('%s', async (_, content) => {
    const made = content();
    const answer = await server.upload(typeof made === 'string' ? bytes(made) : made, '-i.mp4', 'video/mp4');
    const says = await refused(answer);
    expect(says).not.toContain(canary);
  });
});

test('a refused upload leaves nothing behind', async () => {
  const { files } = server.services.cache;
  await refused(await server.upload(bytes('#EXTM3U\n'), 'x.mp4'));
  expect(fs.readdirSync(path.dirname(files.scratch()))).toEqual([]);
});
