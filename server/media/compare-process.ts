import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { measuresVersion } from '../../nodes/video/measure-clips';
import { ownFolder, toRun } from '../programs';
import type { FilmComparison } from './compare-films';
import { KeptComparisons } from './compare-kept';
import { limited } from './limited';

export interface LatentPlace {
  fingerprint: string;
  port: string;
}
export type CompareJob =
  | { type: 'films'; a: string; b: string }
  | { type: 'latents'; home: string; a: LatentPlace; b: LatentPlace };
/** One number for each latent frame that both have. */
export interface LatentComparison {
  distance: number[];
}
export type FromCompare =
  | { type: 'progress'; done: number; of: number }
  | { type: 'done'; result: FilmComparison | LatentComparison }
  | { type: 'refused'; says: string };

/** How far a comparison is. Asked again and again until it is done or has failed. */
export type ComparisonState<T> =
  | { state: 'waiting' }
  | { state: 'working'; done: number; of: number }
  | { state: 'done'; result: T }
  | { state: 'failed'; says: string };

export interface CompareLimits {
  /** Memory that the process may take for itself, in bytes (Linux). */
  memoryBytes: number;
  /** It ends when nothing has come for so long. */
  idleSeconds: number;
  /** What nobody has asked for in so long is given up. */
  forgottenSeconds: number;
  /** Results kept on disk. */
  kept: number;
}
export const compareLimits: CompareLimits = { memoryBytes: 1.5e9, idleSeconds: 60, forgottenSeconds: 45, kept: 500 };

type Result = FilmComparison | LatentComparison;
interface Task {
  key: string;
  job: CompareJob;
  state: ComparisonState<Result>;
  /** When somebody last asked. */
  asked: number;
}

/**
 * Compares pairs of files in a process of its own, one pair at a time, and keeps what came out under the digests of both.
 * Nothing is decoded in this process, and nothing waits: who asks is told how far it is.
 */
export class Comparisons {
  private readonly tasks = new Map<string, Task>();
  private readonly kept: KeptComparisons<Result>;
  private readonly watch: NodeJS.Timeout;
  private child: ChildProcess | undefined;
  /** What the process is at. */
  private current: Task | undefined;
  private idle: NodeJS.Timeout | undefined;

  /** `folder` is where results are kept. */
  constructor(
    folder: string,
    private readonly limits: CompareLimits = compareLimits,
  ) {
    this.kept = new KeptComparisons(folder, limits.kept);
    this.watch = setInterval(() => this.forget(), (limits.forgottenSeconds * 1000) / 4);
    this.watch.unref();
  }

  /** Measures of two files, known by the digests of their bytes. */
  films(a: { file: string; sha256: string }, b: { file: string; sha256: string }) {
    const job = { type: 'films' as const, a: a.file, b: b.file };
    return this.ask<FilmComparison>(`films ${measuresVersion} ${a.sha256} ${b.sha256}`, job);
  }

  /** How far two latents of the cache in `home` are apart. */
  latents(home: string, a: LatentPlace, b: LatentPlace) {
    const [one, other] = [a, b].map(({ fingerprint, port }) => `${fingerprint}.${port}`);
    return this.ask<LatentComparison>(`latents ${one} ${other}`, { type: 'latents', home, a, b });
  }

  close(): void {
    clearInterval(this.watch);
    this.tasks.clear();
    this.current = undefined;
    this.end();
  }

  private async ask<T extends Result>(about: string, job: CompareJob): Promise<ComparisonState<T>> {
    const key = createHash('sha256').update(about).digest('hex');
    const known = this.tasks.get(key);
    if (known) {
      known.asked = Date.now();
      // Told once: asked anew, it is tried anew, for what was wrong may have passed.
      if (known.state.state === 'failed') this.tasks.delete(key);
      // Sound: the key says what kind of job it is of.
      return known.state as ComparisonState<T>;
    }
    const kept = await this.kept.read(key);
    if (kept) return { state: 'done', result: kept as T }; // as above
    if (!this.tasks.has(key)) this.tasks.set(key, { key, job, state: { state: 'waiting' }, asked: Date.now() });
    this.next();
    return { state: 'waiting' };
  }

  private next(): void {
    if (this.current) return;
    const task = [...this.tasks.values()].find(({ state }) => state.state === 'waiting');
    clearTimeout(this.idle);
    if (!task) {
      this.idle = setTimeout(() => this.end(), this.limits.idleSeconds * 1000);
      this.idle.unref();
      return;
    }
    this.current = task;
    this.child ??= this.start();
    this.child.send(task.job, () => undefined);
  }

  private start(): ChildProcess {
    const { program, args } = limited(
      process.execPath,
      ['--max-old-space-size=384', ...toRun('server/media/compare-child.ts')],
      { dataBytes: this.limits.memoryBytes },
    );
    const { PATH, HOME, TMPDIR, FFMPEG_PATH, NODE_ENV } = process.env;
    const child = spawn(program, args, {
      cwd: ownFolder,
      // None of our secrets.
      env: { PATH, HOME, TMPDIR, FFMPEG_PATH, NODE_ENV, VIPS_WARNING: '0' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      windowsHide: true,
    });
    // Only the latest one counts: an earlier one was killed by us.
    const isOurs = () => this.child === child;
    child.on('message', (answer: FromCompare) => isOurs() && this.hear(answer));
    const gone = () => {
      if (!isOurs()) return;
      this.child = undefined;
      this.settle({ state: 'failed', says: died });
    };
    child.on('error', gone);
    child.on('exit', gone);
    // A process without work must not keep this one alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  private hear(answer: FromCompare): void {
    const { current } = this;
    if (answer.type === 'progress') {
      if (current) current.state = { state: 'working', done: answer.done, of: answer.of };
    } else if (answer.type === 'refused') this.settle({ state: 'failed', says: answer.says });
    else {
      // Kept, it is read from disk from here on.
      if (current && this.kept.keep(current.key, answer.result)) this.tasks.delete(current.key);
      this.settle({ state: 'done', result: answer.result });
    }
  }

  private settle(state: Task['state']): void {
    if (this.current) this.current.state = state;
    this.current = undefined;
    this.next();
  }

  private end(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  /** Gives up what nobody waits for any more. */
  private forget(): void {
    const limit = Date.now() - this.limits.forgottenSeconds * 1000;
    for (const task of this.tasks.values()) {
      if (task.asked > limit) continue;
      this.tasks.delete(task.key);
      if (task !== this.current) continue;
      this.end();
      this.current = undefined;
      this.next();
    }
  }
}

const died =
  'Measuring has ended before its time, most likely for want of memory. Compare smaller films, or free some memory and try again.';
