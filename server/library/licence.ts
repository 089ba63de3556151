import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Place } from '../inference/find-models';
import { downloadOf } from '../inference/provenance';

/** What is known of the terms of a model: an identifier, a name, an address, and the words themselves where they lie beside it. */
export interface Licence {
  id?: string;
  name?: string;
  link?: string;
  text?: string;
}

/** No licence is longer, in bytes. */
const longest = 512 << 10;

/** Reads what lies beside a model: a file called LICENSE, the head of its README.md, what the hub said. */
export async function readLicence(place: Place, dataFolder: string): Promise<Licence> {
  const download = await downloadOf(place.path, dataFolder);
  const beside = place.kind === 'folder' ? place.path : dirname(place.path);
  const folders = [...new Set([beside, ...(download ? [download.folder] : [])])];
  let found: Licence = {};
  for (const folder of folders) {
    const text = await licenceFile(folder);
    found = { ...found, ...cardHead(await small(join(folder, 'README.md'))), ...(text === null ? {} : { text }) };
  }
  return { ...download?.licence, ...found };
}

async function licenceFile(folder: string): Promise<string | null> {
  const names = await readdir(folder).catch((): string[] => []);
  const name = names.sort().find((one) => /^(LICEN[CS]E|COPYING)([._-][\w.-]*)?$/i.test(one));
  return name === undefined ? null : small(join(folder, name));
}

async function small(path: string): Promise<string | null> {
  const about = await stat(path).catch(() => null);
  return about?.isFile() && about.size <= longest ? readFile(path, 'utf8').catch(() => null) : null;
}

/** The lines on the licence in the front matter of a model card. */
export function cardHead(readme: string | null): Omit<Licence, 'text'> {
  const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme ?? '')?.[1] ?? '';
  const line = (key: string) =>
    new RegExp(`^${key}:[ \\t]*["']?([^"'\\r\\n]{1,300}?)["']?[ \\t]*$`, 'm').exec(head)?.[1];
  const [id, name, link] = [line('license'), line('license_name'), line('license_link')];
  return {
    ...(id ? { id } : {}),
    ...(name ? { name } : {}),
    ...(link && /^https:\/\//.test(link) ? { link } : {}),
  };
}
