import { openFilm } from '../media/decode';
import { encodePicture, openImage, resizeFrames } from '../media/pictures';
import { sniffFile } from '../media/probe-upload';
import type { AssetSummary } from '../store/assets';
import type { Blobs } from '../store/blobs';
import { answer } from './http';

/** Longest side in pixels. */
const side = 384;
const kept = 300;
const made = new Map<string, Promise<Buffer>>();
let turn: Promise<unknown> = Promise.resolve();

/** A small WebP of a picture, or of the first frame of a film. Made once, one at a time, and kept in memory. */
export async function serveThumb(asset: AssetSummary, blobs: Blobs): Promise<Response> {
  if (asset.kind !== 'image' && asset.kind !== 'video') return answer(404, 'There is no picture of this file.');
  if (blobs.bytes(asset.sha256) === null) return answer(410, 'This file is no longer on disk.');
  let thumb = made.get(asset.sha256);
  if (!thumb) {
    thumb = turn.then(() => makeThumb(asset, blobs.path(asset.sha256)));
    turn = thumb.catch(() => made.delete(asset.sha256));
    made.set(asset.sha256, thumb);
    const oldest = made.keys().next();
    if (made.size > kept && !oldest.done) made.delete(oldest.value);
  }
  try {
    const headers = {
      'content-type': 'image/webp',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=31536000, immutable',
    };
    return new Response(new Uint8Array(await thumb), { headers });
  } catch (error) {
    console.error(`thumb of ${asset.id}:`, error);
    return answer(415, 'No picture could be made of this file. Open the file itself.');
  }
}

async function makeThumb(asset: AssetSummary, file: string): Promise<Buffer> {
  const isFilm = asset.mime.startsWith('video/') || asset.mime === 'image/gif';
  const frames = isFilm ? await openFilm({ file, kind: await sniffFile(file) }, { count: 1 }) : await openImage(file);
  const scale = Math.min(1, side / Math.max(frames.width, frames.height));
  const size = {
    width: Math.max(1, Math.round(frames.width * scale)),
    height: Math.max(1, Math.round(frames.height * scale)),
  };
  for await (const frame of resizeFrames(frames, { ...size, fit: 'fill' }).read())
    return encodePicture(frame, { ...size, format: 'webp' });
  throw new Error('The file has no frames.');
}
