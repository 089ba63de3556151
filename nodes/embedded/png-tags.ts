import { bytesOf, fourCc, latin1, pieceLimit, readRange, type Tags, tagLimit, utf8 } from './bytes';

/** Text chunks (`tEXt`, `iTXt`) of a PNG. */
export async function pngTags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  let at = 8;
  for (let piece = 0; piece < pieceLimit && at + 12 <= file.size; piece++) {
    const head = await readRange(file, at, 8);
    const size = head.getUint32(0);
    const type = fourCc(head, 4);
    if (type === 'IEND') break;
    if ((type === 'tEXt' || type === 'iTXt') && size <= tagLimit) {
      const chunk = await readRange(file, at + 8, size);
      await readText(type, bytesOf(chunk), tags);
    }
    at += 12 + size;
  }
  return tags;
}

async function readText(type: 'tEXt' | 'iTXt', chunk: Uint8Array<ArrayBuffer>, tags: Tags): Promise<void> {
  const end = chunk.indexOf(0);
  if (end < 1 || end > 79) return;
  const key = latin1(chunk.subarray(0, end)).toLowerCase();
  if (type === 'tEXt') {
    tags.set(key, latin1(chunk.subarray(end + 1)));
    return;
  }
  const packed = chunk[end + 1] === 1;
  const language = chunk.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : chunk.indexOf(0, language + 1);
  if (translated < 0) return;
  const body = chunk.subarray(translated + 1);
  const words = packed ? await inflate(body) : body;
  if (words) tags.set(key, utf8(words));
}

/** Unpacks zlib data, up to the limit of a tag: what unfolds into more, or is damaged, is left alone. */
async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > tagLimit) {
        await reader.cancel();
        return null;
      }
      parts.push(value);
    }
  } catch {
    return null;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
