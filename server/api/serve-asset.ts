import fs from 'node:fs';
import { Readable } from 'node:stream';
import { disposition } from '../safety/display-name';
import type { AssetSummary } from '../store/assets';
import type { Blobs } from '../store/blobs';
import { answer } from './http';

/** Types a browser may show in place. All else is handed over as a download. */
const shown = new Set([
  ...['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/gif'],
  ...['video/mp4', 'video/webm', 'audio/wav'],
]);

/** Whatever a file holds, opened by itself it can do nothing. */
const policy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";

/** Answers with the bytes of an asset, or the part of them that was asked for (RFC 9110, section 14). */
export async function serveAsset(request: Request, asset: AssetSummary, blobs: Blobs): Promise<Response> {
  const gone = () => answer(410, 'This file is damaged or no longer on disk. Run its graph again to make it anew.');
  const bytes = blobs.bytes(asset.sha256);
  if (bytes === null || !(await isWhole(blobs, asset.sha256))) return gone();

  const isShown = shown.has(asset.mime) && !new URL(request.url).searchParams.has('download');
  const headers = new Headers({
    'content-type': isShown || shown.has(asset.mime) ? asset.mime : 'application/octet-stream',
    'content-disposition': disposition(isShown ? 'inline' : 'attachment', asset.name),
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    // The bytes behind an id never change.
    'cache-control': 'private, max-age=31536000, immutable',
    etag: `"${asset.sha256}"`,
    'accept-ranges': 'bytes',
  });
  if (request.headers.get('if-none-match')?.includes(asset.sha256)) return new Response(null, { status: 304, headers });

  const ifRange = request.headers.get('if-range');
  const asked = ifRange === null || ifRange === headers.get('etag') ? request.headers.get('range') : null;
  const range = asked === null ? null : rangeOf(asked, bytes);
  if (range === 'none') {
    headers.set('content-range', `bytes */${bytes}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  headers.set('content-length', String(end - start + 1));
  if (range) headers.set('content-range', `bytes ${start}-${end}/${bytes}`);
  const status = range ? 206 : 200;
  if (request.method === 'HEAD' || bytes === 0) return new Response(null, { status, headers });
  const stream = fs.createReadStream(blobs.path(asset.sha256), { start, end });
  request.signal.addEventListener('abort', () => stream.destroy(), { once: true });
  // The same web stream under two names: Node's and the DOM's.
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { status, headers });
}

/** One range; `none` when it lies outside, null (everything) when we do not understand it or it names several. */
function rangeOf(header: string, bytes: number): { start: number; end: number } | 'none' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [from, to] = [match[1] ?? '', match[2] ?? ''];
  const start = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  return start > end || start >= bytes ? 'none' : { start, end };
}

const checked = new Map<string, string>();

/** Hashes a blob the first time it is served and again whenever the file was touched; a range alone could not be checked. */
async function isWhole(blobs: Blobs, sha256: string): Promise<boolean> {
  const stat = await fs.promises.stat(blobs.path(sha256));
  const mark = `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
  if (checked.get(sha256) === mark) return true;
  try {
    for await (const _ of blobs.stream(sha256)) {
      // Read to the end: that is where the hash is compared.
    }
  } catch {
    return false;
  }
  if (checked.size > 10_000) checked.clear();
  checked.set(sha256, mark);
  return true;
}
