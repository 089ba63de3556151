import { type ChildProcess, spawn } from 'node:child_process';
import { ownFolder, toRun } from '../programs';
import { limited } from './limited';
import { MediaError, type MediaFault } from './media-error';
import type { PictureLook } from './picture-look';
import type { UploadKind } from './sniff';

export type PictureJob =
  | { type: 'look'; file: string; kind: UploadKind }
  /** RGB, 8 bits: the small picture of a film's frame, which ffmpeg has decoded. */
  | { type: 'frame'; frame: Uint8Array; width: number; height: number };

export type FromPictures =
  /** Once, when it has come up. */
  | { type: 'ready' }
  | ({ type: 'look' } & PictureLook)
  | { type: 'thumb'; thumb: Uint8Array }
  | { type: 'refused'; fault: MediaFault; says: string; detail?: string };

export interface PictureLimits {
  /** Processes at once, each with one picture. */
  processes: number;
  /** Memory that a process may take for itself, in bytes (Linux). */
  memoryBytes: number;
  /** For a process to come up: on a busy machine that may take longer than any picture. */
  startSeconds: number;
  /** For one picture; a process that needs longer is killed. */
  seconds: number;
  /** Pictures after which a process makes room for a fresh one. */
  pictures: number;
  /** A process without work ends after so long. */
  idleSeconds: number;
  /** Pictures that may wait. */
  waiting: number;
}

export const pictureLimits: PictureLimits = {
  processes: 2,
  memoryBytes: 400e6,
  startSeconds: 120,
  seconds: 15,
  pictures: 500,
  idleSeconds: 300,
  waiting: 256,
};

interface Task {
  job: PictureJob;
  signal?: AbortSignal;
  settle(answer: FromPictures | { type: 'failed'; error: unknown }): void;
}

interface Reader {
  child: ChildProcess;
  isReady: boolean;
  served: number;
  task?: Task;
  timer?: NodeJS.Timeout;
}

/**
 * Decodes pictures in processes of their own, so that a hostile one can at worst kill a process that does nothing else.
 * They start with the first picture, stay warm, and end when nothing has come for a while.
 */
export class PictureReaders {
  private readonly readers = new Set<Reader>();
  private readonly queue: Task[] = [];
  private isClosed = false;

  constructor(private readonly limits: PictureLimits = pictureLimits) {}

  /** Size, pictures and thumbnail of a picture. Throws MediaError when it is none, is torn, or unfolds into too much. */
  async look(file: string, kind: UploadKind, signal?: AbortSignal): Promise<PictureLook> {
    const answer = await this.ask({ type: 'look', file, kind }, signal);
    if (answer.type !== 'look') throw new Error(`A picture process answered ${answer.type} to look.`);
    const { type: _, ...look } = answer;
    return look;
  }

  /** A frame as the bytes of a WebP. */
  async encode(frame: Uint8Array, { width, height }: { width: number; height: number }): Promise<Uint8Array> {
    const answer = await this.ask({ type: 'frame', frame, width, height });
    if (answer.type !== 'thumb') throw new Error(`A picture process answered ${answer.type} to frame.`);
    return answer.thumb;
  }

  /** The processes there are now, for those who watch them. */
  pids(): number[] {
    return [...this.readers].flatMap(({ child }) => child.pid ?? []);
  }

  close(): void {
    this.isClosed = true;
    for (const reader of this.readers) reader.child.kill('SIGKILL');
    for (const task of this.queue.splice(0)) task.settle({ type: 'failed', error: stopping() });
  }

  private ask(job: PictureJob, signal?: AbortSignal): Promise<Exclude<FromPictures, { type: 'refused' }>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.isClosed) return reject(stopping());
      if (this.queue.length >= this.limits.waiting)
        return reject(new MediaError('busy', 'Too many pictures are waiting to be read. Try again in a moment.'));
      const settle: Task['settle'] = (answer) => {
        if (answer.type === 'failed') reject(answer.error);
        else if (answer.type === 'refused')
          reject(
            new MediaError(answer.fault, answer.says, answer.detail === undefined ? {} : { detail: answer.detail }),
          );
        else resolve(answer);
      };
      this.queue.push({ job, settle, ...(signal ? { signal } : {}) });
      this.next();
    });
  }

  private next(): void {
    while (this.queue.length) {
      let reader = [...this.readers].find(({ task }) => !task);
      if (!reader && this.readers.size >= this.limits.processes) return;
      const task = this.queue.shift()!; // there is one
      if (task.signal?.aborted) {
        task.settle({ type: 'failed', error: task.signal.reason });
        continue;
      }
      reader ??= this.start();
      this.give(reader, task);
    }
  }

  private give(reader: Reader, task: Task): void {
    reader.task = task;
    reader.served++;
    hold(reader.child, true);
    this.watch(reader);
    reader.child.send(task.job, (error) => error && this.end(reader, error));
  }

  /** Ends a process that takes too long to come up, or then for its picture. */
  private watch(reader: Reader): void {
    clearTimeout(reader.timer);
    const { seconds, startSeconds } = this.limits;
    const [limit, why] = reader.isReady ? [seconds, slow(seconds)] : [startSeconds, notUp(startSeconds)];
    reader.timer = setTimeout(() => this.end(reader, why), limit * 1000);
  }

  private start(): Reader {
    const { program, args } = limited(
      process.execPath,
      // Its own heap holds next to nothing; the room is for the decoders.
      ['--max-old-space-size=96', ...toRun('server/media/picture-child.ts')],
      { dataBytes: this.limits.memoryBytes },
    );
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(program, args, {
      cwd: ownFolder,
      // None of our secrets; few threads, for one picture at a time; no words of libvips in the log.
      env: { PATH, HOME, TMPDIR, UV_THREADPOOL_SIZE: '2', VIPS_WARNING: '0', NODE_ENV: process.env.NODE_ENV },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      windowsHide: true,
    });
    const reader: Reader = { child, isReady: false, served: 0 };
    this.readers.add(reader);
    child.on('message', (answer) => this.hear(reader, answer as FromPictures)); // the only sender is `picture-child.ts`
    child.on('error', (error) => this.end(reader, error));
    child.on('exit', () => this.end(reader, died()));
    return reader;
  }

  private hear(reader: Reader, answer: FromPictures): void {
    if (answer.type === 'ready') {
      // Said again, by one that a picture has taken over, it gains no time.
      if (!reader.isReady) {
        reader.isReady = true;
        this.watch(reader);
      }
      return;
    }
    clearTimeout(reader.timer);
    const { task } = reader;
    reader.task = undefined;
    if (reader.served >= this.limits.pictures) this.end(reader);
    else {
      hold(reader.child, false);
      reader.timer = setTimeout(() => this.end(reader), this.limits.idleSeconds * 1000);
      reader.timer.unref();
    }
    task?.settle(answer);
    this.next();
  }

  /** Kills a process; whoever waits for it is told `why`. */
  private end(reader: Reader, why?: unknown): void {
    if (!this.readers.delete(reader)) return;
    clearTimeout(reader.timer);
    reader.child.kill('SIGKILL');
    reader.task?.settle({ type: 'failed', error: why });
    this.next();
  }
}

const stopping = () => new MediaError('busy', 'Skein is stopping. Try again when it is back.');

const notUp = (seconds: number) =>
  new MediaError(
    'busy',
    `The process that opens pictures has not come up within ${seconds} seconds: this computer has too much to do. Try again later.`,
  );

const slow = (seconds: number) =>
  new MediaError(
    'slow',
    `This picture takes longer than ${seconds} seconds to open. Try again when this computer has less to do, or make the picture smaller.`,
  );

const died = () =>
  new MediaError(
    'too-large',
    'This picture needs more memory to open than a picture may take, or is made to break its decoder. Make it smaller, or save it once more.',
  );

/** A process without work must not keep this one alive. */
function hold(child: ChildProcess, isNeeded: boolean): void {
  if (isNeeded) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
