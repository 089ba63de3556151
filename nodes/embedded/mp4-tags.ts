import { bytesOf, fourCc, type Tags, tagLimit, utf8 } from './bytes';
import { type Box, boxes, outerBoxes, readMoov } from './mp4-boxes';

/** Keyed metadata of an MP4 or MOV: `moov/udta/meta` or `moov/meta`, with `keys` and `ilst`. */
export async function mp4Tags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  for await (const box of outerBoxes(file)) {
    if (box.type !== 'moov') continue;
    const moov = await readMoov(file, box);
    if (moov) readTagsIn(moov, tags);
    break;
  }
  return tags;
}

function readTagsIn(view: DataView<ArrayBuffer>, tags: Tags): void {
  for (const box of boxes(view, { from: 0, to: view.byteLength })) {
    if (box.type === 'meta') readMeta(view, box, tags);
    if (box.type === 'udta')
      for (const inner of boxes(view, box)) if (inner.type === 'meta') readMeta(view, inner, tags);
  }
}

function readMeta(view: DataView<ArrayBuffer>, meta: Box, tags: Tags): void {
  // In MP4 four bytes of version and flags come first; QuickTime has none.
  const from = fourCc(view, meta.from + 4) === 'hdlr' ? meta.from : meta.from + 4;
  const inside = [...boxes(view, { from, to: meta.to })];
  const keys = inside.filter(({ type }) => type === 'keys').flatMap((box) => readKeys(view, box));
  for (const list of inside.filter(({ type }) => type === 'ilst'))
    for (const item of boxes(view, list)) {
      const key = keys[view.getUint32(item.from - 4) - 1];
      for (const data of boxes(view, item))
        if (key && data.type === 'data' && data.to - data.from <= tagLimit)
          tags.set(key, utf8(bytesOf(view, data.from + 8, data.to)));
    }
}

function readKeys(view: DataView<ArrayBuffer>, box: Box): string[] {
  const keys: string[] = [];
  for (let at = box.from + 8; at + 8 <= box.to; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > box.to) break;
    keys.push(utf8(bytesOf(view, at + 8, at + size)).toLowerCase());
    at += size;
  }
  return keys;
}
