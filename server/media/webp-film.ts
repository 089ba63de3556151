import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { explainDisk, MediaError } from './media-error';
import { exif } from './tags';

export interface WebpFilm {
  frames: AsyncIterable<Uint8Array>;
  width: number;
  height: number;
  fps: number;
  /** 0..100, higher is better. */
  quality: number;
  /** How often it is played; 0 is for ever. */
  loop: number;
  tag?: string;
  file: string;
  signal?: AbortSignal;
}

/**
 * Writes an animated WebP picture by picture, straight to the disk. ffmpeg's own writer keeps the whole film in memory
 * until the end (3 MB a frame at 1080p) and melts equal frames into one; this one holds two frames and keeps every one.
 *
 * Times are whole milliseconds in this format: they are rounded so that no error adds up.
 */
export async function writeWebp(film: WebpFilm): Promise<void> {
  const part = `${film.file}.part`;
  let out: FileHandle | undefined;
  try {
    out = await open(part, 'w');
    await writeChunks(out, film);
    await out.sync();
    await out.close();
    out = undefined;
    await rename(part, film.file);
  } catch (error) {
    await out?.close();
    const explained = explainDisk(error, part);
    await rm(part, { force: true });
    throw explained;
  }
}

async function writeChunks(out: FileHandle, film: WebpFilm): Promise<void> {
  let bytes = 0;
  const write = async (...parts: Uint8Array[]) => {
    for (const one of parts) {
      await out.write(one, 0, one.length, bytes);
      bytes += one.length;
    }
    if (bytes > 0xffff_fff0)
      throw new MediaError('too-large', 'An animated WebP cannot be larger than 4 GB. Write an mp4 or a webm instead.');
  };
  const chunk = (name: string, body: Uint8Array): Uint8Array[] => {
    const head = Buffer.alloc(8);
    head.write(name, 0, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return body.length % 2 ? [head, body, Buffer.alloc(1)] : [head, body];
  };

  await write(Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'));
  const extended = Buffer.alloc(10);
  extended[0] = 0x02 | (film.tag === undefined ? 0 : 0x08);
  extended.writeUIntLE(film.width - 1, 4, 3);
  extended.writeUIntLE(film.height - 1, 7, 3);
  await write(...chunk('VP8X', extended));
  const animation = Buffer.alloc(6);
  animation.writeUInt16LE(film.loop, 4);
  await write(...chunk('ANIM', animation));

  const at = (index: number) => Math.round((index * 1000) / film.fps);
  let index = 0;
  for await (const picture of inPairs(film.frames, (frame) => encode(frame, film))) {
    film.signal?.throwIfAborted();
    const head = Buffer.alloc(16);
    head.writeUIntLE(film.width - 1, 6, 3);
    head.writeUIntLE(film.height - 1, 9, 3);
    head.writeUIntLE(at(index + 1) - at(index), 12, 3);
    // 2: draw over what was there without blending.
    head[15] = 0x02;
    await write(...chunk('ANMF', Buffer.concat([head, picture])));
    index++;
  }
  if (film.tag !== undefined) await write(...chunk('EXIF', exif(film.tag)));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes - 8);
  await out.write(size, 0, 4, 4);
}

/** The picture chunks (`VP8 `, `VP8L`, `ALPH`) of one frame as a WebP file, without that file's frame and headers. */
async function encode(frame: Uint8Array, { width, height, quality }: WebpFilm): Promise<Buffer> {
  const effort = width * height > 400_000 ? 0 : 4;
  const file = await sharp(frame, { raw: { width, height, channels: 3 } })
    .webp({ quality, effort, lossless: quality >= 100 })
    .toBuffer();
  const parts: Buffer[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (['VP8 ', 'VP8L', 'ALPH'].includes(file.toString('latin1', at, at + 4))) parts.push(file.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Maps a stream two at a time, in order: one is worked on while another is fetched. */
async function* inPairs<A, B>(source: AsyncIterable<A>, work: (item: A) => Promise<B>): AsyncGenerator<B> {
  let last: Promise<B> | undefined;
  try {
    for await (const item of source) {
      const next = work(item);
      // Heard by whoever awaits it; until then it must not count as unheard.
      next.catch(() => undefined);
      if (last) yield await last;
      last = next;
    }
    if (last) yield await last;
  } finally {
    await last?.catch(() => undefined);
  }
}
