import { lstat, readdir, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pointerName } from './families/single-layout';

/*
 * Links among a model's files. A hub cache is made of them (`snapshots/<revision>/x` leads to `blobs/<digest>`), and so are
 * many people's libraries; but a model from a stranger must not make Skein read what lies elsewhere on the disk.
 */

const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);

/** `models--<owner>--<name>` of a hub cache, when a path lies in one of its snapshots. */
const hubOf = (path: string): string | undefined =>
  /^(.*[\\/]models--[^\\/]+)[\\/]snapshots[\\/]/.exec(path + sep)?.[1];

/** A sentence when this path is a link that leads out of the allowed folders; null when it may be read. Dead links may. */
export async function strayLink(path: string, roots: readonly string[]): Promise<string | null> {
  const about = await lstat(path).catch(() => null);
  if (!about?.isSymbolicLink()) return null;
  const target = await realpath(path).catch(() => null);
  if (target === null) return null;
  const hub = hubOf(await realpath(dirname(path)));
  const allowed = [...roots, ...(hub === undefined ? [] : [hub])];
  if (allowed.some((folder) => isInside(target, folder))) return null;
  return `${path}: this is a link to ${target}, which lies outside the model folders. Put the file itself here, or name its folder in SKEIN_MODELS.`;
}

/** A pointer is a link by another name. Skein follows those it wrote itself, in its home folder, and no others. */
const sayPointer = (path: string): string =>
  `${path}: only Skein writes files of this name, and not here: it would lead to weights elsewhere. Delete it, and put the weights beside config.json.`;

/** The first such sentence among what is read of a model folder: its JSON and weights, and those of its parts' folders. */
export async function strayLinkIn(folder: string, roots: readonly string[]): Promise<string | null> {
  const allowed = [...roots, folder];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    const isFile = /\.(json|safetensors)$/.test(entry.name);
    if (!isFile && !entry.isDirectory() && !entry.isSymbolicLink()) continue;
    const says = isFile || entry.isSymbolicLink() ? await strayLink(path, allowed) : null;
    if (says) return says;
    if (isFile) continue;
    for (const name of await readdir(path).catch(() => [])) {
      if (name === pointerName) return sayPointer(join(path, name));
      const stray = /\.(json|safetensors)$/.test(name) ? await strayLink(join(path, name), allowed) : null;
      if (stray) return stray;
    }
  }
  return null;
}
