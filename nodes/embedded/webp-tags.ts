import { bytesOf, fourCc, pieceLimit, putPrefixed, readRange, type Tags, tagLimit, utf8 } from './bytes';

/** ASCII entries of the form `key:words` in the EXIF chunk of a WebP. */
export async function webpTags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  let at = 12;
  for (let piece = 0; piece < pieceLimit && at + 8 <= file.size; piece++) {
    const head = await readRange(file, at, 8);
    const size = head.getUint32(4, true);
    if (fourCc(head, 0) === 'EXIF' && size <= tagLimit) exifTags(await readRange(file, at + 8, size), tags);
    at += 8 + size + (size % 2);
  }
  return tags;
}

/** Reads the first directory of a TIFF structure, in either byte order. Offsets that lead outside end it. */
function exifTags(view: DataView<ArrayBuffer>, tags: Tags): void {
  const base = fourCc(view, 0) === 'Exif' ? 6 : 0;
  try {
    const little = view.getUint8(base) === 0x49;
    const directory = base + view.getUint32(base + 4, little);
    const entries = view.getUint16(directory, little);
    for (let index = 0; index < entries; index++) {
      const entry = directory + 2 + 12 * index;
      const isAscii = view.getUint16(entry + 2, little) === 2;
      const length = view.getUint32(entry + 4, little);
      const from = length > 4 ? base + view.getUint32(entry + 8, little) : entry + 8;
      if (isAscii && from + length <= view.byteLength)
        putPrefixed(tags, utf8(bytesOf(view, from, from + length)).replace(/\0+$/, ''));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
