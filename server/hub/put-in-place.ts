import { lstat, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Digests } from '../inference/digests';
import { editionOf } from '../inference/folder-signature';
import { ownModels, type Provenance, provenanceName } from '../inference/provenance';
import type { Order } from './order';

/**
 * Gives a finished download its name: until now nothing of it was seen, from now on all of it is. What was hashed on the way is
 * remembered, so that no byte is read again. Returns the folder's real path.
 */
export async function putInPlace(home: string, order: Order, files: string): Promise<string> {
  const note: Provenance = {
    endpoint: order.endpoint,
    repository: order.repository,
    revision: order.revision,
    licence: order.licence,
    // Every file is whole by now.
    files: order.files.map(({ path, bytes }) => ({ path, bytes, sha256: order.whole[path]! })),
    at: new Date().toISOString(),
  };
  await writeFile(join(files, provenanceName), `${JSON.stringify(note, null, 1)}\n`);
  for (const folder of new Set([files, ...order.files.map(({ path }) => dirname(join(files, path)))]))
    await sync(folder);
  const target = await freeFolder(ownModels(home), order.folder);
  await rename(files, target);
  await sync(dirname(target));
  const real = await realpath(/* turbopackIgnore: true */ target);
  const digests = new Digests(home);
  const edition = await editionOf(real);
  for (const { path, sha256 } of note.files) await digests.learn(join(real, path), sha256, edition);
  await rm(dirname(files), { recursive: true, force: true });
  return real;
}

/** A name that is not taken; the wanted one most often. */
export async function freeFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (let number = 1; ; number++) {
    const path = join(parent, number > 1 ? `${name}-${number}` : name);
    if (!(await lstat(path).catch(() => null))) return path;
  }
}

/** Names survive a power cut once their folder is synced. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  // Some file systems know no such thing.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
