import fs from 'node:fs';
import path from 'node:path';
import { Refused } from './usage';

/** Where a file goes: a folder, under its own name; or one exact place, for the first file there is. */
export type Destination = { folder: string; file?: undefined } | { file: string; folder?: undefined };

/** Looks before the work is begun whether its results can be put there, and makes nothing. Throws a sentence. */
export function mustTake({ folder, file }: Destination): void {
  const wanted = folder ?? path.dirname(file);
  if (file !== undefined && fs.statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new Refused(`--out ${file}: This is a folder. Give the name of a file in it.`);
  let there = wanted;
  while (!fs.existsSync(there) && there !== path.dirname(there)) there = path.dirname(there);
  if (!fs.statSync(there).isDirectory())
    throw new Refused(`--out ${folder ?? file}: ${there} is a file, not a folder. Choose another place.`);
  try {
    fs.accessSync(there, fs.constants.W_OK);
  } catch {
    throw new Refused(`--out ${folder ?? file}: Nothing may be written in ${there}. Choose another place.`);
  }
}

/** A folder and those above it. Not `recursive`: in a file system that takes no folders, such as /proc, it never ends. */
export async function makeFolder(folder: string): Promise<void> {
  if (fs.existsSync(folder)) return;
  await makeFolder(path.dirname(folder));
  await fs.promises.mkdir(folder).catch((error: unknown) => {
    if (!fs.existsSync(folder)) throw error; // else another process was faster
  });
}
