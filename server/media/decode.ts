import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FramesValue } from '../../nodes/values';
import { requireDecoder } from './ffmpeg';
import { limited } from './limited';
import { MediaError } from './media-error';
import { type FilmFacts, ffmpegBytes, guardedInput, probeFilm } from './probe';
import type { UploadKind } from './sniff';

export interface FilmSource {
  file: string;
  kind: UploadKind;
  signal?: AbortSignal;
}

/** Which part of a film: frames of the resulting rate, from `start` on, at most `count`. */
export interface FilmPart {
  fps?: number;
  start?: number;
  count?: number;
  /** Scales the pictures down until no side is longer; they keep their shape. */
  longest?: number;
}

/**
 * Opens a film from outside. Nothing is decoded until `read`; then only as fast as it is read, and a reader that stops
 * early ends ffmpeg. Pictures come upright and with square pixels.
 *
 * @throws MediaError when the file is no film, or the wanted part lies outside of it.
 */
export async function openFilm(source: FilmSource, part: FilmPart = {}): Promise<FramesValue> {
  const facts = await probeFilm(source.file, source.kind, source.signal);
  const fps = part.fps ?? facts.fps;
  const resampled = !facts.steady || Math.abs(fps - facts.fps) > 0.001 * facts.fps;
  const total = resampled ? Math.max(1, Math.round(facts.seconds * fps)) : facts.frames;
  const { start, count } = cutOf({ total, fps }, part);
  const { width, height } = inside(facts, part.longest);
  const read = () => frames(source, facts, { fps, start, count, resampled, width, height });
  return { kind: 'frames', width, height, count, fps, read };
}

/** Which of all frames are wanted. Throws MediaError when there are none. */
export function cutOf(
  { total, fps }: { total: number; fps: number },
  part: FilmPart,
): { start: number; count: number } {
  const start = part.start ?? 0;
  const count = Math.min(part.count ?? total, total - start);
  if (start >= 0 && count >= 1) return { start, count };
  const says = `The film has ${total} frames at ${Number(fps.toFixed(3))} per second, numbered from 0: none from ${start} on. Start earlier.`;
  throw new MediaError('bad-request', says);
}

interface Cut {
  fps: number;
  start: number;
  count: number;
  resampled: boolean;
  width: number;
  height: number;
}

function inside({ width, height }: FilmFacts, longest = Number.POSITIVE_INFINITY): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

async function* frames(source: FilmSource, facts: FilmFacts, cut: Cut): AsyncGenerator<Uint8Array> {
  const { ffmpeg } = await requireDecoder();
  source.signal?.throwIfAborted();
  const filters = [
    ...(cut.resampled ? [`fps=${cut.fps}`] : []),
    ...(cut.start ? [`trim=start_frame=${cut.start}`, 'setpts=PTS-STARTPTS'] : []),
    // Scales only where pixels are not square, or less was asked for; otherwise it just says which colours these are.
    `scale=${cut.width}:${cut.height}:in_color_matrix=${facts.matrix}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp`,
    'format=rgb24',
  ];
  const { program, args } = limited(
    ffmpeg,
    [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '2', ...guardedInput(source.kind)],
      ...['-i', source.file, '-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(',')],
      ...['-fps_mode', 'passthrough', '-frames:v', String(cut.count), '-f', 'rawvideo', 'pipe:1'],
    ],
    { cpuSeconds: 3600, addressBytes: ffmpegBytes },
  );
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const ended = once(child, 'close').catch(() => undefined);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const onAbort = () => child.kill('SIGKILL');
  source.signal?.addEventListener('abort', onAbort, { once: true });

  const bytes = cut.width * cut.height * 3;
  let given = 0;
  let last: Uint8Array | undefined;
  try {
    let frame = Buffer.allocUnsafeSlow(bytes);
    let filled = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(frame, filled, at, Math.min(chunk.length, at + bytes - filled));
        at += copied;
        filled += copied;
        if (filled < bytes) continue;
        given++;
        last = frame;
        yield frame;
        frame = Buffer.allocUnsafeSlow(bytes);
        filled = 0;
      }
    }
    source.signal?.throwIfAborted();
    await Promise.race([ended, failed.then((error) => Promise.reject(error))]);
    // A film may hold a few packets that show nothing (its last ones, mostly): the clip keeps its promised length.
    if (last && cut.count - given <= Math.max(2, cut.count * 0.02))
      for (; given < cut.count; given++) yield Uint8Array.from(last);
    if (given < cut.count) throw broken(given, cut.count, said.replaceAll(source.file, 'the upload'));
  } finally {
    source.signal?.removeEventListener('abort', onAbort);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    child.stdout.destroy();
    await Promise.race([ended, failed]);
  }
}

const broken = (given: number, count: number, detail: string) =>
  new MediaError(
    'broken',
    `The film breaks off: ${given} of ${count} frames could be read. Take only the first ${Math.max(1, given)}, or export it once more.`,
    { detail },
  );
