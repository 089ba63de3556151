import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** A repository that the hub serves: files by path, and what it says of itself. */
export interface ServedRepository {
  files: ReadonlyMap<string, Uint8Array>;
  gated?: 'auto' | 'manual';
  /** Tokens that are let in; without it everybody is. */
  admits?: readonly string[];
  card?: Record<string, unknown>;
}

/** What goes wrong on the way. Changed by tests while the server runs. */
export interface Faults {
  /** The next answers with a file of at least 10 kB end after so many bytes. */
  cutAfter?: number;
  /** How many answers are cut; endlessly when absent. */
  cuts?: number;
  /** Bytes a second at which files come. */
  bytesPerSecond?: number;
  /** Files whose bytes are not those that were announced. */
  spoilt?: ReadonlySet<string>;
  /** Asked for a piece, it sends the whole. */
  knowsNoRanges?: boolean;
  /** Every question is answered so. */
  status?: number;
}

export interface HubServer {
  url: string;
  repositories: Map<string, ServedRepository>;
  faults: Faults;
  /** Every request, in order: which server, what was asked, and the headers that matter. */
  asked: { host: 'hub' | 'store'; path: string; range?: string; authorization?: string }[];
  close(): Promise<void>;
}

export const revisionOf = (name: string): string => createHash('sha1').update(name).digest('hex');
const blobOf = (bytes: Uint8Array) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Larger files are kept apart, as in Git LFS. */
const isLarge = (name: string, bytes: Uint8Array) => name.endsWith('.safetensors') || bytes.length > 10_000;
const pageSize = 5;

/** The files of a folder, as a repository. */
export function filesOf(folder: string, under = ''): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const entry of fs.readdirSync(path.join(folder, under), { withFileTypes: true })) {
    const name = path.posix.join(under, entry.name);
    if (entry.isDirectory()) for (const [inner, bytes] of filesOf(folder, name)) files.set(inner, bytes);
    else files.set(name, fs.readFileSync(path.join(folder, name)));
  }
  return files;
}

/**
 * A model hub on this machine that speaks the public one's language: model info, trees in pages, files by `resolve`, large
 * ones by redirects to a second server, with ranges, digests in headers, and repositories that ask for a token.
 */
export async function openHubServer(port = 0): Promise<HubServer> {
  const repositories: HubServer['repositories'] = new Map();
  const faults: Faults = {};
  const asked: HubServer['asked'] = [];
  const hub = http.createServer((request, answer) => onHub(request, answer));
  const store = http.createServer((request, answer) => onStore(request, answer));
  await Promise.all([listen(hub, port), listen(store, 0)]);
  // Another port is another origin, which must not see a token.
  const url = `http://127.0.0.1:${portOf(hub)}`;
  const storeUrl = `http://127.0.0.1:${portOf(store)}`;

  const note = (host: 'hub' | 'store', { url: asks = '', headers }: http.IncomingMessage) => {
    const { range, authorization } = headers;
    asked.push({ host, path: asks, ...(range ? { range } : {}), ...(authorization ? { authorization } : {}) });
  };
  const json = (answer: http.ServerResponse, value: unknown, headers: http.OutgoingHttpHeaders = {}) =>
    answer.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  const refuse = (answer: http.ServerResponse, status: number, error: string) =>
    answer
      .writeHead(status, { 'content-type': 'application/json', 'x-error-message': error })
      .end(JSON.stringify({ error }));

  function onHub(request: http.IncomingMessage, answer: http.ServerResponse): unknown {
    note('hub', request);
    if (faults.status) return refuse(answer, faults.status, 'as told');
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const [, name = ''] = /^(?:\/api\/models)?\/([^/]+\/[^/]+)/.exec(pathname) ?? [];
    const repository = repositories.get(name);
    if (!repository) return refuse(answer, request.headers.authorization ? 404 : 401, 'Repository not found');
    const revision = revisionOf(name);
    if (pathname.startsWith(`/api/models/${name}/revision/`)) {
      const wanted = decodeURIComponent(pathname.slice(`/api/models/${name}/revision/`.length));
      if (!['HEAD', 'main', revision].includes(wanted)) return refuse(answer, 404, 'Invalid rev id');
      const { card: cardData, gated = false } = repository;
      const about = { pipeline_tag: 'text-to-video', downloads: 3, likes: 1, lastModified: '2026-01-01T00:00:00.000Z' };
      return json(answer, {
        _id: revision.slice(0, 24),
        id: name,
        private: false,
        gated,
        sha: revision,
        cardData,
        ...about,
      });
    }
    if (pathname.startsWith(`/api/models/${name}/tree/`)) {
      const from = Number(searchParams.get('cursor') ?? 0);
      const all = [...repository.files].map(([file, bytes]) => entryOf(file, bytes));
      const next = new URL(request.url ?? '/', url);
      next.searchParams.set('cursor', String(from + pageSize));
      const link = from + pageSize < all.length ? { link: `<${next}>; rel="next"` } : {};
      return json(answer, all.slice(from, from + pageSize), link);
    }
    const file = decodeURIComponent(pathname.slice(`/${name}/resolve/${revision}/`.length));
    const bytes = pathname.startsWith(`/${name}/resolve/${revision}/`) ? repository.files.get(file) : undefined;
    if (!bytes) return refuse(answer, 404, 'Entry not found');
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (repository.admits && !token) return refuse(answer, 401, 'Access to this model is restricted');
    if (repository.admits && !repository.admits.includes(token ?? ''))
      return refuse(answer, 403, 'Access is restricted');
    if (!isLarge(file, bytes)) return send(request, answer, { bytes, etag: blobOf(bytes) });
    const location = `${storeUrl}/${name}/${encodeURIComponent(file)}?signature=${sha256Of(bytes).slice(0, 8)}`;
    const linked = {
      'x-linked-etag': `"${sha256Of(bytes)}"`,
      'x-linked-size': bytes.length,
      'x-repo-commit': revision,
    };
    answer.writeHead(302, { location, ...linked }).end();
  }

  function onStore(request: http.IncomingMessage, answer: http.ServerResponse): unknown {
    note('store', request);
    const { pathname } = new URL(request.url ?? '/', storeUrl);
    const [, owner = '', name = '', file = ''] = pathname.split('/').map(decodeURIComponent);
    const bytes = repositories.get(`${owner}/${name}`)?.files.get(file);
    if (!bytes) return refuse(answer, 404, 'NoSuchKey');
    const spoilt = faults.spoilt?.has(file)
      ? Uint8Array.from(bytes, (value, at) => (at === 100 ? value ^ 1 : value))
      : bytes;
    send(request, answer, { bytes: spoilt, etag: sha256Of(bytes) });
  }

  function send(
    request: http.IncomingMessage,
    answer: http.ServerResponse,
    { bytes, etag }: { bytes: Uint8Array; etag: string },
  ): unknown {
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const isPiece = first !== undefined && !faults.knowsNoRanges;
    const from = isPiece ? Number(first) : 0;
    if (isPiece && from >= bytes.length)
      return answer.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    const headers = { etag: `"${etag}"`, 'accept-ranges': 'bytes', 'content-length': bytes.length - from };
    answer.writeHead(isPiece ? 206 : 200, { ...headers, ...(isPiece ? range : {}) });
    void pour(answer, bytes.subarray(from));
  }

  async function pour(answer: http.ServerResponse, bytes: Uint8Array): Promise<void> {
    const isCut = faults.cutAfter !== undefined && bytes.length >= 10_000 && faults.cuts !== 0;
    if (isCut && faults.cuts !== undefined) faults.cuts--;
    const end = isCut ? Math.min(bytes.length, faults.cutAfter ?? 0) : bytes.length;
    for (let at = 0; at < end && !answer.destroyed; ) {
      const step = faults.bytesPerSecond ? Math.max(1, Math.round(faults.bytesPerSecond / 50)) : 1 << 18;
      const piece = bytes.subarray(at, Math.min(end, at + step));
      at += piece.length;
      await new Promise((resume) => answer.write(piece, resume));
      if (faults.bytesPerSecond) await new Promise((resume) => setTimeout(resume, 20));
    }
    if (!isCut) return void answer.end();
    // What was sent should arrive first.
    await new Promise((resume) => setTimeout(resume, 50));
    answer.destroy();
  }

  return {
    ...{ url, repositories, faults, asked },
    async close() {
      for (const server of [hub, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const entryOf = (file: string, bytes: Uint8Array) => ({
  ...{ type: 'file', oid: blobOf(bytes), size: bytes.length, path: file },
  ...(isLarge(file, bytes) ? { lfs: { oid: sha256Of(bytes), size: bytes.length, pointerSize: 130 } } : {}),
});

const listen = (server: http.Server, port: number) =>
  new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
// A listening TCP server has an address with a port.
const portOf = (server: http.Server) => (server.address() as AddressInfo).port;
