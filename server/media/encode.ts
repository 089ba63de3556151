import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MuxOptions } from '../../nodes/machine';
import { runFfmpeg } from './command';
import { requireFfmpeg } from './ffmpeg';
import {
  evenSize,
  gifFromSpool,
  gifInOneGo,
  mp4Options,
  paletteOptions,
  rawFrames,
  spoolOptions,
  webmOptions,
} from './film-options';
import { explainDisk, MediaError } from './media-error';
import { ffmetadata, gifComment, gifHeaderBytes } from './tags';
import { writeWebp } from './webp-film';

export interface Film extends Omit<MuxOptions, 'name'> {
  /** RGB, 8 bits, `width * height * 3` bytes each; every frame memory of its own. */
  frames: AsyncIterable<Uint8Array>;
  width: number;
  height: number;
  count: number;
  /** JSON to be found again by `readTags`. */
  tag?: string;
  /** Absolute path of the film. Exists only once it is whole and on the disk. */
  file: string;
  signal?: AbortSignal;
  idleSeconds?: number;
  /** Another ffmpeg than the one of this machine. */
  ffmpeg?: string;
}

/** Pixels of a whole clip above which a GIF goes through a spool: the short way holds every frame at 4 bytes a pixel. */
const gifPixels = 64 << 20;
const gifFrames = 200;
/** Frames go to ffmpeg in pieces of at least so many bytes. */
const pieceBytes = 1 << 20;

/**
 * Writes frames as a film, in memory that does not grow with their number. The clip keeps its true size, however small
 * (players enlarge it); only H.264 gets one more column or row where a side is odd.
 *
 * @returns the size of the film as written.
 * @throws MediaError for what the user can mend; the source's own error as it was; the signal's reason when aborted.
 */
export async function encodeFilm(film: Film): Promise<{ width: number; height: number }> {
  refuseImpossible(film);
  const scratch = path.join(path.dirname(film.file), `.${randomUUID()}`);
  const size = film.format === 'mp4' ? evenSize(film) : { width: film.width, height: film.height };
  try {
    await mkdir(scratch);
    const checked = { ...film, frames: exactly(film) };
    if (film.format === 'webp') await writeWebp({ ...checked, quality: webpQuality(film.crf) });
    else if (film.format === 'gif') await writeGif(checked, scratch);
    else await writeVideo(checked, scratch);
  } catch (error) {
    throw explainDisk(error, film.file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return size;
}

/** The codec's crf as WebP's quality: 18 is 82, 28 is 72; 0 is lossless. */
export const webpQuality = (crf: number): number => Math.max(0, Math.min(100, 100 - Math.round(crf)));

function refuseImpossible({ format, fps, width, height }: Film): void {
  const side = format === 'webp' || format === 'mp4' ? 16_383 : 65_535;
  if (width > side || height > side) {
    const says = `${width}x${height} is too large for ${format}: no side may exceed ${side} pixels. Resize the frames first.`;
    throw new MediaError('bad-request', says);
  }
  const most = { gif: 50, webp: 90, mp4: 1000, webm: 1000 }[format];
  if (!(fps > 0 && fps <= most)) {
    const says = `A ${format} shows at most ${most} pictures a second, not ${fps}. Lower the rate, or write an mp4.`;
    throw new MediaError('bad-request', says);
  }
}

/** Passes frames on, and makes sure that they are whole and as many as promised. */
async function* exactly({ frames, width, height, count }: Film): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const frame of frames) {
    if (frame.length !== width * height * 3)
      throw new Error(
        `Frame ${seen} has ${frame.length} bytes, and ${width}x${height} RGB needs ${width * height * 3}.`,
      );
    seen++;
    yield frame;
  }
  if (seen !== count) throw new Error(`The clip promised ${count} frames and gave ${seen}.`);
}

/** Small frames as one piece: every write waits for a turn of the event loop, and a step of a model may hold it for long. */
async function* together(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let some: Uint8Array[] = [];
  let bytes = 0;
  for await (const frame of frames) {
    some.push(frame);
    bytes += frame.length;
    if (bytes < pieceBytes) continue;
    yield some.length === 1 ? frame : Buffer.concat(some, bytes);
    some = [];
    bytes = 0;
  }
  if (some.length) yield Buffer.concat(some, bytes);
}

async function writeVideo(film: Film, scratch: string): Promise<void> {
  const tags = path.join(scratch, 'tags');
  await writeFile(tags, film.tag === undefined ? ';FFMETADATA1\n' : ffmetadata(film.tag));
  await runFfmpeg({
    ...(await basics(film)),
    stdin: { bytes: together(film.frames), options: rawFrames(film) },
    files: [{ path: tags, options: ['-f', 'ffmetadata'] }],
    options: film.format === 'mp4' ? mp4Options(film) : webmOptions(film),
    format: film.format,
    file: film.file,
  });
}

async function writeGif(film: Film, scratch: string): Promise<void> {
  const common = await basics(film);
  const stdin = { bytes: together(film.frames), options: rawFrames(film) };
  const plain = path.join(scratch, 'plain.gif');
  if (film.count <= gifFrames && film.count * film.width * film.height <= gifPixels)
    await runFfmpeg({ ...common, stdin, options: gifInOneGo(film.loop), format: 'gif', file: plain });
  else {
    const spool = path.join(scratch, 'spool.mkv');
    const palette = path.join(scratch, 'palette.png');
    const spooled = { path: spool, options: [] };
    await runFfmpeg({ ...common, stdin, options: spoolOptions, format: 'matroska', file: spool });
    await runFfmpeg({ ...common, files: [spooled], options: paletteOptions, format: 'image2pipe', file: palette });
    const files = [spooled, { path: palette, options: [] }];
    await runFfmpeg({ ...common, files, options: gifFromSpool(film.loop), format: 'gif', file: plain });
  }
  const tagged = path.join(scratch, 'tagged.gif');
  if (film.tag !== undefined) await insertComment(plain, tagged, film.tag);
  await rename(film.tag === undefined ? plain : tagged, film.file);
}

async function insertComment(from: string, to: string, text: string): Promise<void> {
  const handle = await open(from);
  const head = Buffer.alloc(13);
  await handle.read(head, 0, 13, 0);
  const header = Buffer.alloc(gifHeaderBytes(head));
  await handle.read(header, 0, header.length, 0);
  await handle.close();
  const out = createWriteStream(to, { flush: true });
  out.write(header);
  out.write(gifComment(text));
  await pipeline(createReadStream(from, { start: header.length }), out);
}

const basics = async ({ ffmpeg, signal, idleSeconds }: Film) => ({
  ffmpeg: ffmpeg ?? (await requireFfmpeg()).ffmpeg,
  signal,
  idleSeconds,
});
