import { crc32 } from 'node:zlib';
import type { Digests, MadeWith } from '../../nodes/made-with';

/** The key under which Skein writes into files. Not `workflow`: other editors would try to load our graph as theirs. */
export const tagKey = 'skein';

/** What is written: the graph as a document inside an envelope with a version of its own, and what it was made with. */
export const tagText = (graph: unknown, made?: { with: MadeWith; results: Digests }): string =>
  JSON.stringify({ schema: 1, graph, ...(made ? { made } : {}) });

/** The same JSON in 7-bit letters, for containers that promise no more. */
export const asciiJson = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** An FFMETADATA1 file: the only way into MP4 and WebM that has no limit of length (a command line ends at 128 KB). */
export const ffmetadata = (text: string): string =>
  `;FFMETADATA1\n${tagKey}=${text.replace(/[=;#\\\n]/g, (letter) => `\\${letter}`)}\n`;

/** Puts a tEXt chunk behind the header of a PNG. */
export function tagPng(png: Buffer, text: string): Buffer {
  const body = Buffer.from(`tEXt${tagKey}\0${asciiJson(text)}`, 'latin1');
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  const header = 8 + 25;
  return Buffer.concat([png.subarray(0, header), chunk, png.subarray(header)]);
}

/** The body of a WebP `EXIF` chunk: one little-endian directory with one ASCII entry, ImageDescription. */
export function exif(text: string): Buffer {
  const words = Buffer.from(`${tagKey}:${asciiJson(text)}\0`, 'latin1');
  const head = Buffer.alloc(26);
  head.write('II', 0, 'latin1');
  head.writeUInt16LE(42, 2);
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(1, 8);
  head.writeUInt16LE(0x010e, 10);
  head.writeUInt16LE(2, 12);
  head.writeUInt32LE(words.length, 14);
  head.writeUInt32LE(26, 18);
  return Buffer.concat([head, words]);
}

/** A comment extension of a GIF, in blocks of at most 255 bytes. */
export function gifComment(text: string): Buffer {
  const words = Buffer.from(`${tagKey}:${asciiJson(text)}`, 'latin1');
  const parts: Buffer[] = [Buffer.from([0x21, 0xfe])];
  for (let at = 0; at < words.length; at += 255) {
    const block = words.subarray(at, at + 255);
    parts.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Bytes before the first block of a GIF: header, screen descriptor and global colours. */
export const gifHeaderBytes = (head: Uint8Array): number => {
  const flags = head[10] ?? 0;
  return 13 + (flags & 0x80 ? 3 * (2 << (flags & 7)) : 0);
};
