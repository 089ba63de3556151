import { readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ownModels } from '../inference/provenance';
import { HubProblem } from './hub-problem';

/** A download as it is written down, so that it outlives the process: what is wanted, and how far it is. */
const order = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  endpoint: z.string(),
  repository: z.string(),
  revision: z.string().regex(/^[0-9a-f]{40}$/),
  /** The name of the folder it will have among the models. */
  folder: z.string().regex(/^[A-Za-z0-9][\w.-]*$/),
  licence: z.object({ id: z.string(), name: z.string(), link: z.string() }).partial(),
  files: z.array(
    z.object({ path: z.string(), bytes: z.number(), sha256: z.string().optional(), blob: z.string().optional() }),
  ),
  /** SHA-256 of the files that are whole, by path. */
  whole: z.record(z.string(), z.string()),
  isPaused: z.boolean(),
  /** Why it stopped. */
  problem: z.string().optional(),
});
export type Order = z.output<typeof order>;

/** Where downloads lie until they are whole: beside the models, so that putting one in place is a rename. */
export const stagingIn = (home: string): string => join(ownModels(home), '.downloads');

const noteIn = (folder: string) => join(folder, 'download.json');

/** Null where there is none, or a damaged one. */
export async function readOrder(folder: string): Promise<Order | null> {
  try {
    return order.parse(JSON.parse(await readFile(noteIn(folder), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeOrder(folder: string, what: Order): Promise<void> {
  const part = `${noteIn(folder)}.tmp`;
  await writeFile(part, JSON.stringify(what));
  await rename(part, noteIn(folder));
}

export const bytesOf = ({ files }: Pick<Order, 'files'>): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** What stays free in any case, in bytes: for the database, and for results. */
const reserve = 512 << 20;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;

/** A sentence when so many bytes have no room on the disk of this folder. */
export async function lackOfRoom(folder: string, bytes: number): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + reserve) return null;
  return `${gigabytes(bytes)} are to come and ${gigabytes(free)} are free, of which half a gigabyte is kept. Make room on this disk, or let SKEIN_HOME lead to another.`;
}

/** The same, thrown. */
export async function needRoom(folder: string, bytes: number): Promise<void> {
  const says = await lackOfRoom(folder, bytes);
  if (says) throw new HubProblem('disk', says);
}
