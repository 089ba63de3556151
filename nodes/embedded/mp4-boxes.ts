import { fourCc, pieceLimit, readRange } from './bytes';

/** A box of an MP4 or MOV, by its place in what was read. */
export interface Box {
  type: string;
  /** First byte of its content, and the byte behind it. */
  from: number;
  to: number;
}

/** Largest `moov` that is read: an hour of film has a few megabytes. */
const moovLimit = 256 << 20;

/** A box's size and that of its header: 32 bits, or 64 when it says 1, or all that is left when it says 0. */
function sizeOf(view: DataView<ArrayBuffer>, at: number, left: number): { size: number; header: number } {
  const size = view.getUint32(at);
  if (size === 0) return { size: left, header: 8 };
  if (size !== 1) return { size, header: 8 };
  return at + 16 <= view.byteLength ? { size: Number(view.getBigUint64(at + 8)), header: 16 } : { size: 0, header: 16 };
}

/** The boxes between two places; ends before one that does not fit. */
export function* boxes(view: DataView<ArrayBuffer>, { from, to }: Omit<Box, 'type'>): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const { size, header } = sizeOf(view, at, to - at);
    if (size < header || at + size > to) return;
    yield { type: fourCc(view, at + 4), from: at + header, to: at + size };
    at += size;
  }
}

/** The outermost boxes of a file, headers read only; the last one may promise more bytes than there are. */
export async function* outerBoxes(file: Blob): AsyncGenerator<Box> {
  let at = 0;
  for (let piece = 0; piece < pieceLimit && at + 8 <= file.size; piece++) {
    const head = await readRange(file, at, 16);
    const { size, header } = sizeOf(head, 0, file.size - at);
    if (size < header) return;
    yield { type: fourCc(head, 4), from: at + header, to: at + size };
    at += size;
  }
}

/** The content of a `moov`, read whole; null when it is larger than any that is meant well. */
export async function readMoov(file: Blob, { from, to }: Box): Promise<DataView<ArrayBuffer> | null> {
  return to - from <= moovLimit ? readRange(file, from, to - from) : null;
}
