import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fetchFile } from './fetch-file';
import { bytesOf, needRoom, type Order, writeOrder } from './order';
import type { Hub } from './settings';

export interface Transfer {
  hub: Hub;
  order: Order;
  /** Its folder in the staging area. */
  folder: string;
  signal: AbortSignal;
  /** Told often how many bytes of the whole are there. */
  onBytes(there: number): void;
  pauseMs?: number | undefined;
}

/** Where the whole files of a download are gathered. */
export const filesIn = (folder: string): string => join(folder, 'files');
const partOf = (folder: string, index: number) => join(folder, 'parts', String(index));

/**
 * Brings all files of an order into its staging folder, one after another; those that are whole already are not asked for
 * again. Throws what `fetchFile` throws; then another call goes on where this one ended.
 */
export async function transfer(about: Transfer): Promise<void> {
  const { order, folder, signal, onBytes } = about;
  await mkdir(folder, { recursive: true });
  const there = await bytesThere(order, folder);
  onBytes(there);
  await needRoom(folder, bytesOf(order) - there);
  // Small ones first: what is wrong with a repository shows early.
  const inOrder = order.files.map((file, index) => ({ file, index })).sort((a, b) => a.file.bytes - b.file.bytes);
  let before = 0;
  for (const { file, index } of inOrder) {
    signal.throwIfAborted();
    if (order.whole[file.path] === undefined) {
      const part = partOf(folder, index);
      await mkdir(dirname(part), { recursive: true });
      const target = join(filesIn(folder), file.path);
      // A process that died between naming a whole file and noting it down.
      await rename(target, part).catch(() => undefined);
      const tell = (bytes: number) => onBytes(before + bytes);
      const sha256 = await fetchFile({
        ...{ hub: about.hub, name: order.repository, revision: order.revision, file, part, signal, onBytes: tell },
        ...(about.pauseMs === undefined ? {} : { pauseMs: about.pauseMs }),
      });
      await mkdir(dirname(target), { recursive: true });
      await rename(part, target);
      order.whole[file.path] = sha256;
      await writeOrder(folder, order);
    }
    before += file.bytes;
    onBytes(before);
  }
  await rm(join(folder, 'parts'), { recursive: true, force: true });
}

/** How many bytes of an order have come, by what lies in its folder. */
export async function bytesThere(order: Order, folder: string): Promise<number> {
  let there = 0;
  for (const [index, { path, bytes }] of order.files.entries()) {
    if (order.whole[path] !== undefined) there += bytes;
    else there += await sizeOf(partOf(folder, index));
  }
  return there;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
