import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { diskFull, MediaError } from './media-error';

/** One run of ffmpeg that makes one file. */
export interface FfmpegJob {
  ffmpeg: string;
  /** Bytes for the first input, pulled only as fast as ffmpeg reads. Every chunk must be memory of its own. */
  stdin?: { bytes: AsyncIterable<Uint8Array>; options: readonly string[] };
  /** Further inputs, absolute paths. */
  files?: readonly { path: string; options: readonly string[] }[];
  /** What to do, as ffmpeg's own arguments. */
  options: readonly string[];
  /** Name of the container, as in `-f`. */
  format: string;
  /** Absolute. Exists only once it is finished and on the disk. */
  file: string;
  signal?: AbortSignal;
  /** ffmpeg is given up when it neither reads nor speaks for so long, while the source is not to blame. */
  idleSeconds?: number;
}

/** What fluent-ffmpeg keeps to itself and its types leave out. */
interface Inside {
  ffmpegProc?: import('node:child_process').ChildProcess;
  _checkCapabilities(done: (error: Error | null) => void): void;
  availableEncoders(done: (error: Error | null, encoders: object) => void): void;
  _spawnFfmpeg(...all: unknown[]): void;
}

let serial = 0;

/**
 * Runs ffmpeg through fluent-ffmpeg. This is the only file that knows that library: it is archived, and every other
 * file speaks in argument lists, so that another runner can take its place. Guarded defects, by number:
 * 1. a source error makes ffmpeg finish a valid short file → a temporary name, fsync, and a rename only on success;
 * 2. when ffmpeg dies the source is never closed → we close it, on every path;
 * 3. a source error before the spawn is never heard → we listen to the source ourselves;
 * 4. a failed spawn throws where nobody can catch → we take its error listener's place, and catch what it throws;
 * 5. a hung ffmpeg says nothing → a watchdog over idle time, not over total time;
 * 6. error texts of newer versions are empty → we keep the end of what ffmpeg said.
 * Also never called are its parsers of ffmpeg's tables, which fail on newer versions.
 *
 * @throws MediaError; the source's own error as it was; the signal's reason when aborted.
 */
export async function runFfmpeg(job: FfmpegJob): Promise<void> {
  const folder = path.dirname(job.file);
  const part = path.join(folder, `.${path.basename(job.file)}.${process.pid}-${serial++}.part`);
  try {
    await spawnInto(part, job);
    const handle = await open(part, 'r+');
    await handle.sync();
    await handle.close();
    await rename(part, job.file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function spawnInto(part: string, job: FfmpegJob): Promise<void> {
  job.signal?.throwIfAborted();
  const idle = (job.idleSeconds ?? 60) * 1000;
  const tail: string[] = [];
  let active = Date.now();
  let sourceThinks = false;
  let sourceError: { error: unknown } | undefined;

  async function* watched(bytes: AsyncIterable<Uint8Array>) {
    const iterator = bytes[Symbol.asyncIterator]();
    try {
      for (;;) {
        sourceThinks = true;
        const next = await iterator.next();
        sourceThinks = false;
        active = Date.now();
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      sourceError = { error };
      throw error;
    } finally {
      sourceThinks = false;
      await iterator.return?.();
    }
  }
  const source = job.stdin && Readable.from(watched(job.stdin.bytes), { objectMode: false, highWaterMark: 1 });

  const command = source ? ffmpeg(source) : ffmpeg();
  // Sound: these members exist in the pinned version; the test of a missing program would fail without them.
  const inside = command as unknown as Inside;
  command.setFfmpegPath(job.ffmpeg);
  give(job.stdin?.options, (all) => command.inputOptions(...all));
  for (const file of job.files ?? []) {
    command.input(file.path);
    give(file.options, (all) => command.inputOptions(...all));
  }
  give(job.options, (all) => command.outputOptions(...all));
  command.format(job.format);
  inside._checkCapabilities = (done) => done(null);
  inside.availableEncoders = (done) => done(null, {});

  try {
    await new Promise<void>((resolve, reject) => {
      let settled = false;
      /** Settles once; a failure first waits until the process is really gone. */
      const settle = (failure?: { error: unknown }) => {
        if (settled) return;
        settled = true;
        clearInterval(watchdog);
        job.signal?.removeEventListener('abort', onAbort);
        const process = inside.ffmpegProc;
        if (!failure) return resolve();
        source?.destroy();
        if (!process?.pid || process.exitCode !== null || process.signalCode !== null) return reject(failure.error);
        process.once('exit', () => reject(failure.error));
        process.kill('SIGKILL');
      };
      const onAbort = () => settle({ error: job.signal?.reason });
      const watchdog = setInterval(
        () => {
          if (sourceThinks || Date.now() - active < idle) return;
          const says = `ffmpeg stood still for ${idle / 1000} seconds and was stopped. Run again; if it repeats, choose a smaller size or another format.`;
          settle({ error: new MediaError('ffmpeg-hung', says, { detail: tail.join('\n') }) });
        },
        Math.min(1000, idle / 4),
      );
      job.signal?.addEventListener('abort', onAbort, { once: true });
      source?.on('error', (error) => settle(sourceError ?? { error }));

      command.on('stderr', (line: string) => {
        active = Date.now();
        tail.push(line);
        if (tail.length > 60) tail.shift();
      });
      command.on('start', () => {
        inside.ffmpegProc?.removeAllListeners('error');
        inside.ffmpegProc?.on('error', (error) => settle({ error: missing(job.ffmpeg, error) }));
      });
      command.on('error', (error) => settle(sourceError ?? { error: explain(tail, error, part) }));
      command.on('end', () => settle());
      const spawn = inside._spawnFfmpeg.bind(command);
      inside._spawnFfmpeg = (...all) => {
        // Cancelled while it was getting ready: do not start what nobody waits for.
        if (settled) return;
        try {
          spawn(...all);
        } catch (error) {
          settle({ error: missing(job.ffmpeg, error) });
        }
      };
      command.save(part);
    });
  } finally {
    source?.destroy();
    if (source && !source.closed) await closed(source);
  }
}

/** Waits for the source's `finally` blocks, but not for ever: a source that hangs must not hang the run. */
const closed = (source: Readable) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 5000);
    source.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Hands arguments over one by one: given as an array, the library would split those with a space in them. */
function give(options: readonly string[] | undefined, to: (all: string[]) => unknown): void {
  if (options?.length) to([...options]);
}

const missing = (program: string, cause: unknown) =>
  new MediaError(
    'ffmpeg-missing',
    `ffmpeg could not be started from ${program}. Install ffmpeg, or set FFMPEG_PATH to where it is.`,
    { cause },
  );

const telling = /error|invalid|no space|unknown|unrecognized|not found|denied|unable|incorrect/i;
const hollow = /^(error (opening|initializing|splitting|submitting|while)|conversion failed|\[(out|vost)#)/i;

function explain(tail: readonly string[], error: Error, part: string): Error {
  const detail = tail.join('\n');
  if (/no space left on device/i.test(detail)) return diskFull(part, error);
  const lines = [...tail].reverse().filter((line) => telling.test(line));
  const line = lines.find((one) => !hollow.test(one)) ?? lines[0] ?? error.message.split('\n')[0] ?? '';
  const says = line.replaceAll(part, 'the film').trim().replace(/\.$/, '');
  return new MediaError('ffmpeg-failed', `ffmpeg could not write the film: ${says}. Try another format or size.`, {
    cause: error,
    detail,
  });
}
