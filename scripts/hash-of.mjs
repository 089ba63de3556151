// Node built-ins only: this runs before any package is there.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 over names and contents of files and folders, in a fixed order; what is not there counts for nothing.
 *
 * @param {string} root the folder that the places are named from
 * @param {...string} places
 */
export function hashOf(root, ...places) {
  const hash = createHash('sha256');
  const add = (place) => {
    const full = path.join(root, place);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of fs.readdirSync(full).sort()) add(path.join(place, name));
    } else hash.update(`${place}\0${stat.size}\0`).update(fs.readFileSync(full));
  };
  for (const place of places) add(place);
  return hash;
}
