import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BlobDamaged, BlobMissing, DiskFull, isDiskFull } from './blobs-errors';

/** What a blob is known by: the SHA-256 of its bytes, in hex, and their number. */
export interface BlobId {
  sha256: string;
  bytes: number;
}

export interface WriteOptions {
  /** Survives a power cut, not only a killed process: file and folder are synced. Default true. */
  durable?: boolean;
}

/** Files named after the SHA-256 of their bytes, `ab/abcd...`. No name ever belongs to half a file. */
export interface Blobs {
  folder: string;
  /** Where the blob lies, whether it exists or not. Throws on anything that is not a digest. */
  path(sha256: string): string;
  /** Its size, or null when there is none: not a plain file, or a file with a second name, does not count. */
  bytes(sha256: string): number | null;
  /** Writes bytes and names them. Throws `DiskFull`, leaving nothing behind. */
  write(
    content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<BlobId>;
  /** A path for a file in the making, in the same file system. Nothing is created. */
  scratch(ending?: string): string;
  /** Takes a finished file in under its hash; it is renamed, or removed when the blob is already there. */
  adopt(file: string, options?: WriteOptions & { known?: BlobId }): Promise<BlobId>;
  /** All bytes, checked against the hash. Throws `BlobMissing` or `BlobDamaged`. */
  read(sha256: string): Promise<Buffer>;
  /** All bytes as a stream; throws `BlobDamaged` at the end when they do not match the hash. */
  stream(sha256: string): AsyncIterable<Uint8Array>;
  remove(sha256: string): void;
}

const isDigest = (text: string) => /^[0-9a-f]{64}$/.test(text);

/** Opens a folder of blobs; it is made when the first one is written. */
export function openBlobs(folder: string): Blobs {
  const inMaking = path.join(folder, 'tmp');

  const blobPath = (sha256: string) => {
    if (!isDigest(sha256)) throw new TypeError('A blob is asked for by the 64 hex digits of its SHA-256.');
    return path.join(folder, sha256.slice(0, 2), sha256);
  };

  const bytes = (sha256: string) => {
    const stat = fs.lstatSync(blobPath(sha256), { throwIfNoEntry: false });
    return stat?.isFile() && stat.nlink === 1 ? stat.size : null;
  };

  const scratch = (ending = '') => {
    fs.mkdirSync(inMaking, { recursive: true });
    return path.join(inMaking, `${randomUUID()}${ending}`);
  };

  const adopt: Blobs['adopt'] = async (file, options = {}) => {
    const id = options.known ?? (await hashFile(file));
    const to = blobPath(id.sha256);
    try {
      if (options.durable ?? true) await syncFile(file);
      await fs.promises.mkdir(path.dirname(to), { recursive: true });
      // A blob of the right size may still hold wrong bytes; the fresh file has just been hashed, so it takes the place.
      await fs.promises.rename(file, to);
      if (options.durable ?? true) await syncFile(path.dirname(to));
    } catch (error) {
      await fs.promises.rm(file, { force: true });
      throw isDiskFull(error) ? new DiskFull(folder, id.bytes, error) : error;
    }
    return id;
  };

  const write: Blobs['write'] = async (content, options = {}) => {
    const small = options.durable === false ? whole(content) : null;
    if (small) return writeSmall(small);
    const file = scratch();
    const hash = createHash('sha256');
    let size = 0;
    try {
      const handle = await fs.promises.open(file, 'wx');
      try {
        for await (const chunk of content instanceof Uint8Array ? [content] : content) {
          hash.update(chunk);
          await writeAll(handle, chunk, size);
          size += chunk.length;
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      await fs.promises.rm(file, { force: true });
      throw isDiskFull(error) ? new DiskFull(folder, size, error) : error;
    }
    return adopt(file, { ...options, known: { sha256: hash.digest('hex'), bytes: size } });
  };

  /** In one go: for a few kilobytes, waiting for the thread pool would take several times longer than the writing. */
  const writeSmall = (content: Uint8Array): BlobId => {
    const id = { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
    const to = blobPath(id.sha256);
    try {
      writeByRename(to, content);
    } catch (error) {
      throw isDiskFull(error) ? new DiskFull(folder, id.bytes, error) : error;
    }
    return id;
  };

  async function* stream(sha256: string): AsyncIterable<Uint8Array> {
    const hash = createHash('sha256');
    if (bytes(sha256) === null) throw new BlobMissing(sha256);
    for await (const chunk of fs.createReadStream(blobPath(sha256), { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Buffer); // without an encoding a read stream gives Buffers
      yield chunk as Buffer;
    }
    if (hash.digest('hex') !== sha256) throw new BlobDamaged(sha256);
  }

  const read: Blobs['read'] = async (sha256) => {
    if (bytes(sha256) === null) throw new BlobMissing(sha256);
    const content = await fs.promises.readFile(blobPath(sha256));
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new BlobDamaged(sha256);
    return content;
  };

  const remove = (sha256: string) => fs.rmSync(blobPath(sha256), { force: true });
  return { folder, path: blobPath, bytes, write, scratch, adopt, read, stream, remove };
}

/** Content that is small and already here, as one array; null for anything else. */
function whole(content: Parameters<Blobs['write']>[0]): Uint8Array | null {
  const parts = content instanceof Uint8Array ? [content] : Array.isArray(content) ? (content as Uint8Array[]) : null; // an array of anything else is not assignable
  return parts && parts.reduce((sum, part) => sum + part.length, 0) <= 1 << 16 ? Buffer.concat(parts) : null;
}

/** Writes beside the target, then renames: the name appears with the whole content, or not at all. */
export function writeByRename(to: string, content: Uint8Array | string, options: { durable?: boolean } = {}): void {
  const making = `${to}.${randomUUID()}.tmp`;
  let handle: number;
  try {
    handle = fs.openSync(making, 'wx');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    fs.mkdirSync(path.dirname(to), { recursive: true });
    handle = fs.openSync(making, 'wx');
  }
  try {
    try {
      fs.writeFileSync(handle, content);
      if (options.durable) fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(making, to);
  } catch (error) {
    fs.rmSync(making, { force: true });
    throw error;
  }
}

/** Writes the whole chunk at a place in the file: a single write may take only a part of it. */
export async function writeAll(handle: fs.promises.FileHandle, chunk: Uint8Array, place: number): Promise<void> {
  for (let at = 0; at < chunk.length; )
    at += (await handle.write(chunk, at, chunk.length - at, place + at)).bytesWritten;
}

async function hashFile(file: string): Promise<BlobId> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer); // without an encoding a read stream gives Buffers
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes: size };
}

/** Syncs a file or folder. Folders cannot be opened on Windows, where renames are journalled anyway. */
async function syncFile(file: string): Promise<void> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(file, 'r');
  } catch (error) {
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  } finally {
    await handle.close();
  }
}
