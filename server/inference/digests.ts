import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashFile } from './hash-file';
import { once } from './hash-lock';

/** A file as it lies there. Every write changes its time of change, also one that sets the other times back. */
const seen = z.object({
  bytes: z.number(),
  mtime: z.string(),
  ctime: z.string(),
  inode: z.string(),
  sha256: z.string(),
});
type Seen = z.output<typeof seen>;

const record = z.object({
  path: z.string(),
  /** What it was when it was first used, or last accepted. */
  trusted: z.string(),
  /** The folder it came with; see `editionOf`. */
  edition: z.string(),
  seen,
});
type Record = z.output<typeof record>;

/** What a file is, and what it should be. */
export interface Digest {
  sha256: string;
  trusted: string;
}

/**
 * `read`: from memory, or else by reading the file. `known`: from memory, or else not at all when the file is large.
 * `reread`: by reading the file in any case. `accept`: likewise, and what is found is what it should be from now on.
 */
export type DigestMode = 'read' | 'known' | 'reread' | 'accept';

/** The digest is wanted from memory, and this file has not been read yet. */
export class NotYetRead extends Error {
  constructor(path: string) {
    super(`${path} has not been read yet.`);
  }
}

/** Files up to this size are read at once even when only known digests are asked for, in bytes. */
const quickBytes = 64 << 20;

/** Reading that goes on in this process, by file. */
const reading = new Map<string, Promise<Record>>();
let serial = 0;

/**
 * SHA-256 of large files, read once for all processes of a home folder and remembered by size, times and inode; and what
 * each file was when it was first used (decision 011). One small file for each: no process writes over another's news. A
 * lost or damaged memory costs time, and the knowledge of what a file was before.
 */
export class Digests {
  private readonly folder: string;

  constructor(
    dataFolder: string,
    private readonly mode: DigestMode = 'read',
  ) {
    this.folder = join(dataFolder, 'model-digests');
  }

  /**
   * `edition` says which copy of the model folder this is: a file that changes together with it was installed anew.
   * Throws when the file cannot be read, and `NotYetRead`.
   */
  async of(path: string, edition: string): Promise<Digest> {
    let known = await this.load(path);
    const isKnown = known && same(known.seen, await look(path));
    const isAsked = this.mode === 'reread' || this.mode === 'accept';
    if (!isKnown || isAsked) {
      if (this.mode === 'known' && (await stat(path)).size > quickBytes) throw new NotYetRead(path);
      known = await this.read(path, edition, isAsked);
    }
    if (!known) throw new Error(`${path}: its digest is missing after it was read. Report this.`);
    const isAccepted = this.mode === 'accept' || (known.edition !== edition && known.seen.sha256 !== known.trusted);
    const next = { ...known, edition, trusted: isAccepted ? known.seen.sha256 : known.trusted };
    if (next.edition !== known.edition || next.trusted !== known.trusted) await this.save(next);
    return { sha256: next.seen.sha256, trusted: next.trusted };
  }

  /** Takes the word of one who has just hashed every byte as it came in: the file need not be read again. */
  async learn(path: string, sha256: string, edition: string): Promise<void> {
    await mkdir(this.folder, { recursive: true }).catch(() => undefined);
    await this.save({ path, edition, trusted: sha256, seen: { ...(await look(path)), sha256 } });
  }

  /** Reads the file, unless another caller or another process is just doing so. */
  private read(path: string, edition: string, isAsked: boolean): Promise<Record> {
    const key = `${this.fileOf(path)} ${isAsked}`;
    const going = reading.get(key);
    if (going) return going;
    const begun = this.readOnce(path, edition, isAsked).finally(() => reading.delete(key));
    reading.set(key, begun);
    return begun;
  }

  private async readOnce(path: string, edition: string, isAsked: boolean): Promise<Record> {
    await mkdir(this.folder, { recursive: true }).catch(() => undefined);
    return once<Record>(`${this.fileOf(path)}.lock`, {
      isDone: async () => {
        if (isAsked) return null;
        const known = await this.load(path);
        return known && same(known.seen, await look(path)) ? known : null;
      },
      work: async () => {
        const found = await settled(path);
        const known = await this.load(path);
        const next = { path, edition, trusted: found.sha256, ...known, seen: found };
        await this.save(next);
        return next;
      },
    });
  }

  private fileOf = (path: string) => join(this.folder, createHash('sha256').update(path).digest('hex').slice(0, 32));

  private async load(path: string): Promise<Record | null> {
    try {
      const known = record.parse(JSON.parse(await readFile(`${this.fileOf(path)}.json`, 'utf8')));
      return known.path === path ? known : null;
    } catch {
      return null;
    }
  }

  /** Only speed is lost when it cannot be written down. */
  private async save(next: Record): Promise<void> {
    const file = `${this.fileOf(next.path)}.json`;
    const part = `${file}.${process.pid}-${serial++}.tmp`;
    await writeFile(part, JSON.stringify(next))
      .then(() => rename(part, file))
      .catch(() => undefined);
  }
}

async function look(path: string): Promise<Omit<Seen, 'sha256'>> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  return { bytes: Number(size), mtime: String(mtimeNs), ctime: String(ctimeNs), inode: String(ino) };
}

/** The digest of a file that nobody wrote to meanwhile. */
async function settled(path: string): Promise<Seen> {
  for (let tries = 0; ; tries++) {
    const before = await look(path);
    const sha256 = await hashFile(path, before.bytes);
    if (same(before, await look(path))) return { ...before, sha256 };
    if (tries === 3) throw new Error(`${path} is being written to. Try again when its download has ended.`);
  }
}

const same = (a: Omit<Seen, 'sha256'>, b: Omit<Seen, 'sha256'>): boolean =>
  a.bytes === b.bytes && a.mtime === b.mtime && a.ctime === b.ctime && a.inode === b.inode;
