import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Catalog } from '../inference/catalog';
import { downloadOf, ownModels } from '../inference/provenance';

/**
 * What removing a model would do. `delete`: its files were brought here by Skein and go. `unlink`: they stay where they lie,
 * only the library forgets them. `none`: Skein did not put it there, and says so.
 */
export type Removal =
  | { kind: 'delete' | 'unlink'; path: string /** Other models that go with it. */; also: string[] }
  | { kind: 'none'; says: string };

export async function removalOf(catalog: Catalog, id: string, dataFolder: string): Promise<Removal> {
  const place = catalog.get(id)?.place;
  if (!place) return { kind: 'none', says: `There is no model "${id}" any more. Reload the page.` };
  const alsoIn = (folder: string) =>
    [...catalog].filter(([other, model]) => other !== id && isIn(model.place.path, folder)).map(([other]) => other);
  const download = await downloadOf(place.path, dataFolder);
  if (download) return { kind: 'delete', path: download.folder, also: alsoIn(download.folder) };
  const own = ownModels(dataFolder);
  for (const name of await readdir(own).catch((): string[] => [])) {
    const link = join(own, name);
    if (!(await lstat(link).catch(() => null))?.isSymbolicLink()) continue;
    const target = await realpath(link).catch(() => null);
    if (target === null || !isIn(place.path, target)) continue;
    return { kind: 'unlink', path: link, also: alsoIn(target) };
  }
  return {
    kind: 'none',
    says: `It lies in ${place.path}, where Skein did not put it. Delete it there, or take its folder out of SKEIN_MODELS.`,
  };
}

/** Does what `removalOf` says. Runs that have its files open go on with them. */
export async function removeModel(removal: Removal, dataFolder: string): Promise<void> {
  if (removal.kind === 'none') throw new Error(removal.says);
  if (removal.kind === 'unlink') return unlink(removal.path);
  // Out of sight at once: deleting many gigabytes takes a while.
  const staging = join(ownModels(dataFolder), '.downloads');
  await mkdir(staging, { recursive: true });
  const aside = join(staging, `${randomBytes(8).toString('hex')}.gone`);
  await rename(removal.path, aside);
  await rm(aside, { recursive: true, force: true, maxRetries: 3 });
}

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);
