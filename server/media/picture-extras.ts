import { open } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { MediaError } from './media-error';

/** The most that a picture may carry besides its pixels, unpacked: a large printer profile is 3 MB. */
export const maxExtraBytes = 4_000_000;

export const tooMuchBaggage = () =>
  new MediaError(
    'too-large',
    'This picture carries a colour profile or a text that unfolds to more than 4 MB. Save it once more without its profile and metadata.',
  );

/**
 * Adds up what the packed chunks of a PNG unfold to, and stops at the limit: a profile of 60 KB can hold 60 MB, and its
 * decoder would make room for it before anything is known about the picture. Reads headers of chunks and skips pixels.
 */
export async function checkPngExtras(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(8);
    let left = maxExtraBytes;
    for (let at = 8; ; ) {
      const { bytesRead } = await handle.read(head, 0, 8, at);
      // Cut short, or rubbish at the end: the decoder has the word for it.
      if (bytesRead < 8) return;
      const length = head.readUInt32BE(0);
      const type = head.toString('latin1', 4, 8);
      if (type === 'IEND') return;
      if (['iCCP', 'zTXt', 'iTXt', 'tEXt', 'eXIf'].includes(type)) {
        if (length > left) throw tooMuchBaggage();
        const body = Buffer.alloc(length);
        await handle.read(body, 0, length, at + 8);
        left -= unfolded(type, body, left);
      }
      at += length + 12;
    }
  } finally {
    await handle.close();
  }
}

/** Bytes of a chunk when it is unpacked; throws when these are more than `limit`. */
function unfolded(type: string, body: Buffer, limit: number): number {
  const packed = packedPart(type, body);
  if (!packed) return body.length;
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(1, limit) }).length;
  } catch (error) {
    if (error instanceof RangeError) throw tooMuchBaggage();
    // No zlib stream at all: costs nothing, and the decoder decides what to make of it.
    return body.length;
  }
}

function packedPart(type: string, body: Buffer): Buffer | null {
  const name = body.indexOf(0);
  if (name < 0 || type === 'tEXt' || type === 'eXIf') return null;
  if (type !== 'iTXt') return body.subarray(name + 2);
  // keyword 0 flag method language 0 translated 0 text
  if (body[name + 1] !== 1) return null;
  const language = body.indexOf(0, name + 3);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  return translated < 0 ? null : body.subarray(translated + 1);
}
