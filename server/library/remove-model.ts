import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Catalog, CatalogModel } from '../inference/catalog';
import { downloadOf, ownModels } from '../inference/provenance';

/**
 * What removing a model would do. `delete`: its files were brought here by Skein and go. `unlink`: they stay where they lie,
 * only the library forgets them. `none`: Skein did not put it there, and says so.
 */
export type Removal =
  | {
      kind: 'delete' | 'unlink';
      path: string;
      /** Other models that go with it. */
      also: string[];
      /** Models that stay and have parts from there: they take others that fit, or cannot be used. */
      lacking: string[];
    }
  | { kind: 'none'; says: string };

export async function removalOf(catalog: Catalog, id: string, dataFolder: string): Promise<Removal> {
  const place = catalog.get(id)?.place;
  if (!place) return { kind: 'none', says: `There is no model "${id}" any more. Reload the page.` };
  const others = [...catalog].filter(([other]) => other !== id);
  const concerned = (folder: string) => {
    const isAlso = ({ place }: CatalogModel) => isIn(place.path, folder);
    const isLacking = ({ place }: CatalogModel) =>
      Object.values(place.files?.files ?? {}).some((file) => isIn(file, folder));
    const also = others.filter(([, model]) => isAlso(model)).map(([other]) => other);
    const lacking = others.filter(([, model]) => !isAlso(model) && isLacking(model)).map(([other]) => other);
    return { also, lacking };
  };
  const download = await downloadOf(place.path, dataFolder);
  if (download) return { kind: 'delete', path: download.folder, ...concerned(download.folder) };
  const own = ownModels(dataFolder);
  for (const name of await readdir(own).catch((): string[] => [])) {
    const link = join(own, name);
    if (!(await lstat(link).catch(() => null))?.isSymbolicLink()) continue;
    const target = await realpath(link).catch(() => null);
    if (target === null || !isIn(place.path, target)) continue;
    return { kind: 'unlink', path: link, ...concerned(target) };
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
