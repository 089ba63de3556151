import { bytesOf, latin1, putPrefixed, readRange, type Tags, tagLimit } from './bytes';

/** Comments of the form `key:words` that stand before the first picture of a GIF. */
export async function gifTags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  const view = bytesOf(await readRange(file, 0, tagLimit));
  const flags = view[10] ?? 0;
  let at = 13 + (flags & 0x80 ? 3 * (2 << (flags & 7)) : 0);
  while (view[at] === 0x21) {
    const isComment = view[at + 1] === 0xfe;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    at += 2;
    for (let size = view[at] ?? 0; size; size = view[at] ?? 0) {
      if (isComment) parts.push(view.subarray(at + 1, at + 1 + size));
      at += size + 1;
    }
    at += 1;
    if (isComment) putPrefixed(tags, latin1(new Uint8Array(await new Blob(parts).arrayBuffer())));
  }
  return tags;
}
