import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { NextRequest } from 'next/server';
import { proxy } from '../../proxy';
import '../../scripts/strict-http.mjs';
import { handleAsset, handleUpload } from '../../server/api/handle-assets';
import { enter, showEntrance } from '../../server/api/handle-enter';
import { handleTrpc } from '../../server/api/handle-trpc';
import { openServices } from '../../server/api/open-services';
import type { Services } from '../../server/api/services';
import { temporaryDatabase } from '../store/databases';

/** A server with our own handlers behind our own guard, on a port of its own, and a home folder that goes with it. */
export interface LocalServer {
  port: number;
  url: string;
  home: string;
  services: Services;
  /** As our page asks: with the header that forms cannot send. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** One procedure, by POST, with JSON as it is. */
  procedure(name: string, input: unknown, headers?: Record<string, string>): Promise<Response>;
  upload(bytes: Uint8Array, name: string, type?: string): Promise<Response>;
  /** Sends bytes as they are and returns everything that comes back. */
  raw(text: string): Promise<string>;
  close(): Promise<void>;
}

export async function openLocalServer(modelFolders: string[] = []): Promise<LocalServer> {
  const { db, url: databaseUrl, folder: home, remove } = await temporaryDatabase();
  await db.$disconnect();
  const services = await openServices({ home, databaseUrl, modelFolders });
  // The handlers ask for the services of this process.
  Object.assign(globalThis, { skeinServices: Promise.resolve(services) });
  const server = http.createServer((request, answer) => void respond(request, answer));
  // As in Next, somebody listens for it.
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 500 Upgraded\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as net.AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { 'x-skein': '1', ...init.headers } });
  return {
    ...{ port, url, home, services, call },
    procedure: (name, input, headers = {}) =>
      call(`/api/trpc/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof input === 'string' ? input : JSON.stringify({ json: input }),
      }),
    upload(bytes, name, type = 'application/octet-stream') {
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(bytes)], { type }), name);
      return call('/api/assets', { method: 'POST', body: form });
    },
    raw: (text) =>
      new Promise((resolve) => {
        let answer = '';
        const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
        socket.setTimeout(3000, () => socket.destroy());
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1');
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(answer));
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await services.close();
      await remove();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Routes as Next does it, without Next: the files under app/api only name these handlers. */
async function route(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const id = /^\/api\/assets\/([^/]+)$/.exec(pathname)?.[1];
  if (pathname.startsWith('/api/trpc/')) return handleTrpc(request);
  if (pathname === '/api/assets' && request.method === 'POST') return handleUpload(request);
  if (id !== undefined) return handleAsset(request, decode(id));
  if (pathname === '/api/enter') return request.method === 'POST' ? enter(request) : showEntrance(request);
  if (pathname.startsWith('/api/')) return new Response('Not found', { status: 404 });
  const passed = proxy(new NextRequest(request));
  if (!passed.headers.get('x-middleware-next')) return passed;
  return pathname === '/' ? new Response('<!doctype html>page') : new Response('Not found', { status: 404 });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function respond(incoming: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
  const abort = new AbortController();
  answer.on('close', () => abort.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers.set(name, String(value));
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  const request = new Request(`http://127.0.0.1${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers,
    signal: abort.signal,
    // The same web stream under two names: Node's and the DOM's.
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const } : {}),
  });
  const response = await route(request);
  answer.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) return void answer.end();
  try {
    for await (const chunk of response.body) answer.write(chunk);
  } catch {
    // The client has gone.
  }
  answer.end();
}
