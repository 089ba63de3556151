import { bytesOf, fourCc, pieceLimit, readRange, type Tags, tagLimit, utf8 } from './bytes';

/** Largest `moov` that is read: an hour of film has a few megabytes. */
const moovLimit = 256 << 20;

/** Keyed metadata of an MP4 or MOV: `moov/udta/meta` or `moov/meta`, with `keys` and `ilst`. */
export async function mp4Tags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  let at = 0;
  for (let piece = 0; piece < pieceLimit && at + 8 <= file.size; piece++) {
    const head = await readRange(file, at, 16);
    const { size, header } = sizeOf(head, 0, file.size - at);
    if (size < header) break;
    if (fourCc(head, 4) === 'moov') {
      if (size <= moovLimit) readMoov(await readRange(file, at, size), header, tags);
      break;
    }
    at += size;
  }
  return tags;
}

interface Box {
  type: string;
  /** First byte of its content, and the byte behind it. */
  from: number;
  to: number;
}

/** A box's size and that of its header: 32 bits, or 64 when it says 1, or all that is left when it says 0. */
function sizeOf(view: DataView<ArrayBuffer>, at: number, left: number): { size: number; header: number } {
  const size = view.getUint32(at);
  if (size === 0) return { size: left, header: 8 };
  if (size !== 1) return { size, header: 8 };
  return at + 16 <= view.byteLength ? { size: Number(view.getBigUint64(at + 8)), header: 16 } : { size: 0, header: 16 };
}

function* boxes(view: DataView<ArrayBuffer>, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const { size, header } = sizeOf(view, at, to - at);
    if (size < header || at + size > to) return;
    yield { type: fourCc(view, at + 4), from: at + header, to: at + size };
    at += size;
  }
}

function readMoov(view: DataView<ArrayBuffer>, header: number, tags: Tags): void {
  for (const box of boxes(view, header, view.byteLength)) {
    if (box.type === 'meta') readMeta(view, box, tags);
    if (box.type === 'udta')
      for (const inner of boxes(view, box.from, box.to)) if (inner.type === 'meta') readMeta(view, inner, tags);
  }
}

function readMeta(view: DataView<ArrayBuffer>, meta: Box, tags: Tags): void {
  // In MP4 four bytes of version and flags come first; QuickTime has none.
  const from = fourCc(view, meta.from + 4) === 'hdlr' ? meta.from : meta.from + 4;
  const inside = [...boxes(view, from, meta.to)];
  const keys = inside.filter(({ type }) => type === 'keys').flatMap((box) => readKeys(view, box));
  for (const list of inside.filter(({ type }) => type === 'ilst'))
    for (const item of boxes(view, list.from, list.to)) {
      const key = keys[view.getUint32(item.from - 4) - 1];
      for (const data of boxes(view, item.from, item.to))
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
