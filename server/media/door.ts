import { openAsBlob } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { mp4Frames } from '../../nodes/embedded/mp4-frames';
import type { MediaDoor, MuxOptions } from '../../nodes/machine';
import type { Digests, MadeWith } from '../../nodes/made-with';
import type { FileValue } from '../../nodes/values';
import { decodeSafetensors, SafetensorsError } from '../inference/safetensors';
import { safetensorsParts } from '../inference/safetensors-write';
import type { Blobs } from '../store/blobs';
import { BlobMissing } from '../store/blobs-errors';
import { openAnimation } from './animation';
import { type FilmSource, openFilm } from './decode';
import { encodeFilm } from './encode';
import { findFfmpeg } from './ffmpeg';
import { MediaError } from './media-error';
import { encodePicture, openImage, probePicture, resizeFrames } from './pictures';
import { probeFilm } from './probe';
import { sniffFile } from './probe-upload';
import { uploadKinds } from './sniff';
import { tagText } from './tags';

export interface MediaSetting {
  blobs: Blobs;
  /** The graph that is being run: put inside the films and pictures it makes. */
  graph?: unknown;
  /** What it is made with, and what has come of it so far: put there, too. Asked when a file is about to be written. */
  made?(): { with: MadeWith; results: Digests };
  signal?: AbortSignal;
  idleSeconds?: number;
}

/** Largest tensor file that is read whole. */
const maxTensorBytes = 2 * 2 ** 30;

/** The machine's door to files and pictures: everything comes from and goes to the blob store. */
export function openMedia({ blobs, graph, made, signal, idleSeconds }: MediaSetting): MediaDoor {
  const tagNow = () => (graph === undefined ? undefined : tagText(graph, made?.()));
  const find = finder(blobs);
  const source = async (sha256: string): Promise<FilmSource> => {
    const file = await find(sha256);
    return { file, kind: await sniffFile(file), signal };
  };
  /** Makes a file under a scratch name and takes it in; a failure leaves nothing behind. */
  const keep = async (ending: string, name: string, make: (file: string) => Promise<Partial<FileValue>>) => {
    const file = blobs.scratch(`.${ending}`);
    try {
      const about = await make(file);
      const { sha256, bytes } = await blobs.adopt(file);
      return {
        kind: 'file',
        sha256,
        bytes,
        mime: mimes[ending] ?? 'application/octet-stream',
        ...about,
        name: fileName(name, ending),
      } as const;
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  };

  return {
    async image(sha256) {
      const { file, kind } = await source(sha256);
      if (kind === 'gif') return openFilm({ file, kind, signal }, { count: 1 });
      if (uploadKinds[kind].as === 'image') return openImage(file);
      throw new MediaError(
        'unsupported',
        `This is a ${kind} file, not a picture. Choose a picture, or use the Video node.`,
      );
    },

    async video(sha256, options) {
      const { file, kind } = await source(sha256);
      if (uploadKinds[kind].as === 'video') return openFilm({ file, kind, signal }, options);
      if (kind === 'webp' && (await probePicture(file)).frames > 1) return openAnimation(file, options);
      throw new MediaError(
        'unsupported',
        `This is a ${kind} file, not a video. Choose an mp4, webm, gif or animated webp, or use the Image node.`,
      );
    },

    resize: resizeFrames,

    mux: ({ count, width, height, read }, options) =>
      keep(options.format, options.name, async (file) => {
        const { name: _, ...film } = options;
        const size = await encodeFilm({
          ...film,
          frames: read(),
          count,
          width,
          height,
          tag: tagNow(),
          file,
          signal,
          idleSeconds,
        });
        await verify(file, options.format, count);
        return { ...size, frames: count, seconds: count / options.fps };
      }),

    async still(frames, { index, format, name }) {
      if (!Number.isInteger(index) || index < 0 || index >= frames.count)
        throw new MediaError(
          'bad-request',
          `There is no frame ${index}: the clip has ${frames.count}, numbered from 0. Choose one of these.`,
        );
      let at = 0;
      for await (const frame of frames.read()) {
        signal?.throwIfAborted();
        if (at++ < index) continue;
        const { width, height } = frames;
        const bytes = await encodePicture(frame, { width, height, format, tag: tagNow() });
        const id = await blobs.write(bytes);
        const ending = format === 'jpeg' ? 'jpg' : format;
        return { kind: 'file', ...id, mime: `image/${format}`, name: fileName(name, ending), width, height, frames: 1 };
      }
      throw new Error(`The clip promised ${frames.count} frames and gave ${at}.`);
    },

    async tensors(sha256) {
      const file = await find(sha256);
      if ((await stat(file)).size > maxTensorBytes)
        throw new MediaError('too-large', 'This tensor file is larger than 2 GB. Save a shorter clip.');
      try {
        const { tensors } = decodeSafetensors(await blobs.read(sha256), 'This file');
        return Object.fromEntries([...tensors].map(([name, { data, shape }]) => [name, { data, shape: [...shape] }]));
      } catch (error) {
        if (!(error instanceof SafetensorsError)) throw error;
        throw new MediaError('broken', error.message, { cause: error });
      }
    },

    async saveTensors(tensors, { name, metadata }) {
      const id = await blobs.write(safetensorsParts(tensors, metadata));
      return { kind: 'file', ...id, mime: 'application/octet-stream', name: fileName(name, 'safetensors') };
    },
  };
}

const mimes: Record<string, string> = { mp4: 'video/mp4', webm: 'video/webm', gif: 'image/gif', webp: 'image/webp' };

/** Finds a blob and checks its hash, once for each state of the file: what is read later is what was stored. */
function finder(blobs: Blobs): (sha256: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (sha256) => {
    if (blobs.bytes(sha256) === null) throw new BlobMissing(sha256);
    const file = blobs.path(sha256);
    const { size, mtimeMs, ino } = await stat(file);
    const state = `${size} ${mtimeMs} ${ino}`;
    if (known.get(sha256) !== state) {
      for await (const _ of blobs.stream(sha256));
      known.set(sha256, state);
    }
    return file;
  };
}

/** Looks into the finished film once more: it must hold as many frames as went in. */
async function verify(file: string, format: MuxOptions['format'], count: number): Promise<void> {
  const frames = await countFrames(file, format);
  if (frames === null || frames === count) return;
  throw new MediaError(
    'ffmpeg-failed',
    `The film has ${frames} frames, and ${count} went in. Run again, or choose another format.`,
  );
}

/** Null where nothing here can tell. An mp4 counts its own; starting ffprobe would take as long as writing a short film. */
async function countFrames(file: string, format: MuxOptions['format']): Promise<number | null> {
  if (format === 'mp4') return mp4Frames(await openAsBlob(file));
  const { tools } = await findFfmpeg();
  if (format === 'webp' || !tools?.ffprobe || !tools.decodes) return null;
  return (await probeFilm(file, format)).frames;
}

/** A name to be downloaded under: letters, digits, dots, dashes; never a path, never hidden, never empty. */
export function fileName(name: string, ending: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._ -]+/gu, '-')
    .replace(/^[.\s-]+|[.\s-]+$/g, '')
    .slice(0, 80);
  const stem = plain.toLowerCase().endsWith(`.${ending}`) ? plain.slice(0, -ending.length - 1) : plain;
  return `${stem || 'clip'}.${ending}`;
}
