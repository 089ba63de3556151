import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDiskFull } from '../store/blobs-errors';
import { hubFetch } from './hub-fetch';
import { HubProblem } from './hub-problem';
import { explained, fileUrl, type HubFile, refusalOf } from './repository';
import type { Hub } from './settings';

export interface WantedFile {
  hub: Hub;
  name: string;
  revision: string;
  file: HubFile;
  /** Where its bytes are gathered. What lies there already is kept and gone on from. */
  part: string;
  signal: AbortSignal;
  /** Told often how many bytes of it are there. */
  onBytes(there: number): void;
  /** The first pause before another try, in milliseconds; it doubles. */
  pauseMs?: number;
}

/** Tries in a row that brought no byte. */
const mostTries = 6;
/** A connection that is silent for so long is given up, in milliseconds. */
const stallMs = 60_000;

/**
 * Brings a file of a repository here, in as many pieces as it takes, and checks that it is the one the hub announced.
 * Returns its SHA-256. Throws `HubProblem`, or an `AbortError` when `signal` says so; what had come stays for the next call.
 */
export async function fetchFile(wanted: WantedFile): Promise<string> {
  const { file, part } = wanted;
  if (!file.sha256 && !file.blob)
    throw new HubProblem(
      'refused',
      `The hub does not say what ${file.path} should be, so nobody could tell whether it came whole. Choose another hub.`,
    );
  await mkdir(dirname(part), { recursive: true });
  for (let isSecond = false; ; isSecond = true) {
    const begunAt = await sizeOf(part);
    const sha256 = await gather(wanted);
    if (sha256 !== null) return sha256;
    // Wrong bytes would be wrong for ever. What was there before may be to blame: once more, from the first byte.
    await rm(part, { force: true });
    if (begunAt > 0 && !isSecond) continue;
    throw new HubProblem(
      'network',
      `${file.path} of ${wanted.name} arrived damaged: its digest is not the one the hub announced. It was thrown away; try again.`,
    );
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** All bytes of a file, and their digest; null when they are not the right ones. */
async function gather(wanted: WantedFile): Promise<string | null> {
  const { file, part, signal, pauseMs = 1000 } = wanted;
  const handle = await writing(part, () => open(part, 'a'));
  try {
    const piece = new Piece(wanted, handle);
    await piece.readBack();
    for (let tries = 0; piece.bytes < file.bytes; tries++) {
      signal.throwIfAborted();
      const before = piece.bytes;
      try {
        await piece.goOn();
      } catch (error) {
        const why = explained(error, wanted);
        if (!(why instanceof HubProblem) || why.kind !== 'network') throw why;
        if (piece.bytes > before) tries = 0;
        if (tries + 1 >= mostTries) throw why;
        await sleep(Math.min(30_000, pauseMs * 2 ** tries), undefined, { signal });
      }
    }
    await writing(part, () => handle.sync());
    return piece.digest();
  } finally {
    await handle.close();
  }
}

/** What has come of a file so far, and the digests of that. */
class Piece {
  bytes = 0;
  private sha256: Hash = createHash('sha256');
  private blob: Hash | null = null;

  constructor(
    private readonly wanted: WantedFile,
    private readonly handle: FileHandle,
  ) {
    this.restart();
  }

  private restart(): void {
    const { file } = this.wanted;
    this.bytes = 0;
    this.sha256 = createHash('sha256');
    // Git's digest of a file: SHA-1 of its kind, its size and its bytes.
    this.blob = file.sha256 ? null : createHash('sha1').update(`blob ${file.bytes}\0`);
  }

  private take(chunk: Uint8Array): void {
    this.sha256.update(chunk);
    this.blob?.update(chunk);
    this.bytes += chunk.length;
    this.wanted.onBytes(this.bytes);
  }

  /** Null when the bytes are not those that were announced. */
  digest(): string | null {
    const { file } = this.wanted;
    const [sha256, blob] = [this.sha256.digest('hex'), this.blob?.digest('hex')];
    return sha256 === file.sha256 || (blob !== undefined && blob === file.blob) ? sha256 : null;
  }

  /** Reads what an earlier call has left. More than the whole cannot be right, and is thrown away. */
  async readBack(): Promise<void> {
    const { part, file, signal } = this.wanted;
    if ((await this.handle.stat()).size > file.bytes) return this.empty();
    for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20, signal })) this.take(chunk);
  }

  private async empty(): Promise<void> {
    await this.handle.truncate(0);
    this.restart();
  }

  /** Asks for the rest and writes it down as it comes. */
  async goOn(): Promise<void> {
    const { hub, file, signal, part } = this.wanted;
    const stalled = new AbortController();
    let timer = setTimeout(() => stalled.abort(), stallMs);
    try {
      const answer = await hubFetch(hub)(fileUrl(hub, { ...this.wanted, path: file.path }), {
        // Pieces of a compressed file could not be put together.
        headers: { 'accept-encoding': 'identity', ...(this.bytes ? { range: `bytes=${this.bytes}-` } : {}) },
        signal: AbortSignal.any([signal, stalled.signal]),
      });
      await this.begin(answer);
      for await (const chunk of answer.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stallMs);
        if (this.bytes + chunk.length > file.bytes) throw this.unlike('it is longer than announced');
        await writing(part, () => this.handle.writeFile(chunk));
        this.take(chunk);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (stalled.signal.aborted)
        throw new HubProblem(
          'network',
          `Nothing came for ${stallMs / 1000} seconds. Check the network, then try again.`,
        );
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (this.bytes < file.bytes)
      throw new HubProblem('network', `${file.path} broke off after ${this.bytes} of ${file.bytes} bytes. Try again.`);
  }

  /** Whether the answer is the piece that was asked for; from the first byte when the server knows no pieces. */
  private async begin(answer: Response): Promise<void> {
    const { file } = this.wanted;
    if (answer.status === 206) {
      const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get('content-range') ?? '') ?? [];
      if (Number(from) === this.bytes && Number(whole) === file.bytes) return;
    }
    if (answer.status === 200) {
      if (this.bytes) await this.empty();
      return;
    }
    await answer.body?.cancel();
    // The server has another length in mind than it announced.
    if (answer.status === 206 || answer.status === 416) {
      await this.empty();
      throw this.unlike('its length is another one');
    }
    throw refusalOf(answer.status, this.wanted);
  }

  private unlike(why: string): HubProblem {
    const { file, name } = this.wanted;
    return new HubProblem(
      'network',
      `${file.path} is not what ${name} announced: ${why}. Try again; if it stays so, its owner is changing it.`,
    );
  }
}

/** Says what a full disk means. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (isDiskFull(error))
      throw new HubProblem(
        'disk',
        `The disk is full: ${path} could not be written. What has come so far is kept. Make room, then resume.`,
      );
    if (code === 'EACCES' || code === 'EROFS')
      throw new HubProblem('disk', `${path} may not be written here. Check who owns the folder, then resume.`);
    throw error;
  }
}
