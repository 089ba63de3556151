import { open, readFile, stat } from 'node:fs/promises';
import { graphLimit, readGraph } from '../../nodes/graph';
import { openSafetensors, SafetensorsError } from '../inference/safetensors';
import { MediaError } from './media-error';
import type { PictureReaders } from './picture-process';
import { probeFilm, probeSeconds } from './probe';
import { sniff, sniffBytes, type UploadKind, uploadKinds } from './sniff';

/** What an upload is, told by its content. */
export interface Upload {
  kind: UploadKind;
  /** What it can be used as. A GIF or an animated WebP is a video that may also stand as a picture. */
  as: (typeof uploadKinds)[UploadKind]['as'];
  /** The type to serve it with: from our list, never the sender's word. */
  mime: string;
  ending: string;
  width?: number;
  height?: number;
  frames?: number;
  fps?: number;
  seconds?: number;
  /** Of a picture: a small WebP, since it had to be decoded anyway. */
  thumb?: Uint8Array;
}

/**
 * Looks at an uploaded file and says what it is, or refuses it. Pictures are decoded once and
 * films asked about by ffprobe, each in a process of its own under limits of time and memory.
 *
 * @param file absolute path, under a name of our own making.
 * @throws MediaError whose message is meant for the person who uploads.
 */
export async function probeUpload(
  file: string,
  options: { pictures: PictureReaders; signal?: AbortSignal },
): Promise<Upload> {
  const kind = await sniffFile(file);
  const { as, mime, ending } = uploadKinds[kind];
  const upload = { kind, as, mime, ending };
  if (as === 'image') {
    const { width, height, frames, fps, thumb } = await options.pictures.look(file, kind, options.signal);
    if (kind !== 'webp' || frames === 1) return { ...upload, width, height, frames: 1, thumb };
    return { ...upload, as: 'video', width, height, frames, fps, seconds: frames / fps, thumb };
  }
  if (as === 'video') {
    const { width, height, frames, fps, seconds } = await probeFilm(file, kind, options.signal);
    return { ...upload, width, height, frames, fps, seconds };
  }
  if (as === 'audio') return { ...upload, seconds: await probeSeconds(file, kind) };
  if (as === 'tensors') await checkTensors(file);
  else await checkGraph(file);
  return upload;
}

/** What a file is by its first bytes. Throws MediaError for what we do not take. */
export async function sniffFile(file: string): Promise<UploadKind> {
  const handle = await open(file);
  try {
    const head = new Uint8Array(sniffBytes);
    const { bytesRead } = await handle.read(head, 0, sniffBytes, 0);
    const { kind, problem } = sniff(head.subarray(0, bytesRead), (await handle.stat()).size);
    if (!kind) throw new MediaError('unsupported', problem);
    return kind;
  } finally {
    await handle.close();
  }
}

async function checkTensors(file: string): Promise<void> {
  try {
    await openSafetensors(file, { owned: true });
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new MediaError('broken', error.message.replaceAll(file, 'This file'), { cause: error });
  }
}

async function checkGraph(file: string): Promise<void> {
  const { size } = await stat(file);
  if (size > graphLimit)
    throw new MediaError('too-large', 'This file is larger than 8 MB, too large for a graph. Choose another.');
  const read = readGraph(await readFile(file, 'utf8'));
  if (read.problem !== undefined) throw new MediaError('broken', `${read.problem} Choose a graph saved by Skein.`);
}
