import { readFile } from 'node:fs/promises';
import path from 'node:path';

const read = new Map<string, Promise<string | undefined>>();

/**
 * What a template makes as it comes, as the address of a small film: `graphs/covers/<id>.webp` beside it, which
 * `npx skein run` made. Nothing where there is none.
 */
export function coverOf(id: string): Promise<string | undefined> {
  const found =
    read.get(id) ??
    readFile(path.join(/* turbopackIgnore: true */ process.cwd(), 'graphs/covers', `${id}.webp`)).then(
      (bytes) => `data:image/webp;base64,${bytes.toString('base64')}`,
      () => undefined,
    );
  read.set(id, found);
  return found;
}
