import type { AssetSummary } from '../store/assets';
import { answer } from './http';
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
    return answer(415, 'No picture could be made of this file. Open the file itself.');
  }
}
