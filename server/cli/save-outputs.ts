import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Outcome } from '../engine/execute';
import type { Blobs } from '../store/blobs';
import { freeBytes, isDiskFull } from '../store/blobs-errors';
import { type Destination, makeFolder } from './destination';

export interface SavedOutput {
  node: string;
  file: string;
  sha256: string;
}

/** Copies every file that the targets made, checked against its hash while it is read. Throws `BlobDamaged`. */
export async function saveOutputs(outcome: Outcome, to: Destination, blobs: Blobs): Promise<SavedOutput[]> {
  const saved: SavedOutput[] = [];
  for (const [node, outputs] of outcome.outputs) {
    for (const { file } of Object.values(outputs)) {
      if (!file) continue;
      const target = to.folder === undefined ? (saved.length ? null : to.file) : await freeName(to.folder, file);
      if (target === null) continue;
      await copy(file.sha256, target, blobs);
      saved.push({ node, file: target, sha256: file.sha256 });
    }
  }
  return saved;
}

async function copy(sha256: string, to: string, blobs: Blobs): Promise<void> {
  await makeFolder(path.dirname(to));
  const making = `${to}.${randomUUID()}.tmp`;
  try {
    await pipeline(blobs.stream(sha256), fs.createWriteStream(making, { flags: 'wx' }));
    await fs.promises.rename(making, to);
  } catch (error) {
    await fs.promises.rm(making, { force: true });
    if (!isDiskFull(error)) throw error;
    const folder = path.dirname(to);
    const free = (freeBytes(folder) / 1e6).toFixed(1);
    throw new Error(
      `The disk is full: ${folder} has ${free} MB free. Free some space, or choose another --out: what is made is kept, and only copied.`,
      { cause: error },
    );
  }
}

/** The name, or `name-2` and so on: another file of that name is never overwritten, the very same one is. */
async function freeName(folder: string, file: { name: string; sha256: string }): Promise<string> {
  const { name, ext } = path.parse(path.basename(file.name));
  for (let number = 1; ; number++) {
    const candidate = path.join(folder, `${name}${number > 1 ? `-${number}` : ''}${ext}`);
    if (!fs.existsSync(candidate) || (await hashOf(candidate)) === file.sha256) return candidate;
  }
}

async function hashOf(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of fs.createReadStream(file)) hash.update(chunk as Buffer); // Buffers, without an encoding
  } catch {
    return null; // a folder of that name, or a file that is not ours to read
  }
  return hash.digest('hex');
}
