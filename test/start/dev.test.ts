import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootstrap, Skein } from './skein';

let skein: Skein;
beforeAll(async () => {
  bootstrap();
  skein = await Skein.spawn(['--prepare', '--dev', '--no-worker', '--port', '3940']).ready();
});
afterAll(async () => {
  await skein.stop();
  skein.forget();
});

/** Sends lines as they are; answers with the first line that comes back. */
const raw = (lines: string[]): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect(Number(new URL(skein.url).port), '127.0.0.1', () =>
      socket.write([...lines, '', ''].join('\r\n')),
    );
    socket.setTimeout(20_000, () => socket.destroy());
    socket.once('data', (chunk) => {
      resolve(String(chunk).split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(''));
  });

test('S15 holds with --dev too: a request that names its host twice, or not at all, reaches nobody', async () => {
  const { host } = new URL(skein.url);
  for (const path of ['/', '/api/health', '/_next/hmr'])
    expect(await raw([`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Host: evil.example'])).toMatch(/ 400 /);
  expect(await raw(['GET /api/health HTTP/1.0'])).toMatch(/ 400 /);
  expect(await raw(['GET /api/health HTTP/1.1', 'Host: evil.example'])).toMatch(/ 421 /);
  expect(await raw(['GET /api/health HTTP/1.1', `Host: ${host}`])).toMatch(/ 200 /);
});

test('the socket by which pages reload is refused to such requests, and works for others', async () => {
  const { host } = new URL(skein.url);
  const upgrade = (...hosts: string[]) =>
    raw([
      'GET /_next/hmr?id=1 HTTP/1.1',
      ...hosts.map((name) => `Host: ${name}`),
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]);
  expect(await upgrade(host, 'evil.example')).toMatch(/ 400 /);
  expect(await upgrade(host)).toMatch(/ 101 /);
});
