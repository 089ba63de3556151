/** Ranges of a file, read as they are asked for: a film of gigabytes gives up its tags without being loaded. */

/** Longest tag that is read, in bytes. */
export const tagLimit = 32 << 20;

/** Most pieces (chunks, boxes, elements) looked at before a file is taken for a trap. */
export const pieceLimit = 50_000;

/** Up to `length` bytes from `offset` on; fewer at the end of the file. */
export const readRange = async (file: Blob, offset: number, length: number): Promise<DataView<ArrayBuffer>> =>
  new DataView(await file.slice(offset, Math.min(file.size, offset + length)).arrayBuffer());

export const bytesOf = (view: DataView<ArrayBuffer>, from = 0, to = view.byteLength): Uint8Array<ArrayBuffer> =>
  new Uint8Array(view.buffer, view.byteOffset + from, Math.max(0, Math.min(to, view.byteLength) - from));

/** Four letters, or as many as there are. */
export const fourCc = (view: DataView<ArrayBuffer>, at: number): string =>
  String.fromCharCode(...bytesOf(view, at, at + 4));

export const utf8 = (bytes: Uint8Array<ArrayBuffer>): string => new TextDecoder().decode(bytes);
export const latin1 = (bytes: Uint8Array<ArrayBuffer>): string => new TextDecoder('latin1').decode(bytes);

/** Words found in a file, by key. A map: keys come from strangers. */
export type Tags = Map<string, string>;

/** `skein:{...}` as kept where a format has no keys of its own. */
export function putPrefixed(tags: Tags, words: string): void {
  const match = /^([a-z]{1,32}):/i.exec(words);
  if (match?.[1]) tags.set(match[1].toLowerCase(), words.slice(match[0].length));
}
