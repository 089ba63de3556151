import { MediaError } from '../media/media-error';
import type { AssetSummary } from '../store/assets';
import { answer } from './http';
import { mediaStatus } from './media-status';
import type { Services } from './services';

/** A small WebP of a picture, or of the first frame of a film. */
export async function serveThumb(asset: AssetSummary, { cache, thumbs }: Services): Promise<Response> {
  if (asset.kind !== 'image' && asset.kind !== 'video') return answer(404, 'There is no picture of this file.');
  if (cache.files.bytes(asset.sha256) === null) return answer(410, 'This file is no longer on disk.');
  try {
    const headers = {
      'content-type': 'image/webp',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=31536000, immutable',
    };
    const thumb = await thumbs.get(asset.sha256, cache.files.path(asset.sha256));
    return new Response(new Uint8Array(thumb), { headers });
  } catch (error) {
    console.error(`thumb of ${asset.id}:`, error);
    if (!(error instanceof MediaError))
      return answer(500, 'The small picture of this file could not be made: the log says why. Open the file itself.');
    // What cannot be opened at all and what is too large for it: neither becomes a picture later.
    const status = mediaStatus(error.fault) === 503 ? 503 : 415;
    return answer(status, error.message, error.fault);
  }
}
