// Node built-ins only: this runs before any package is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Removes what Next's development server has compiled of another commit, or with other packages: after a pull beneath it, its pages
 * may go by files that are no longer so, and reload for ever. Left alone while such a server is running; a folder without git
 * goes by its packages alone.
 *
 * @param {string} root the project's folder
 * @returns {boolean} whether something was removed
 */
export function clearStalePages(root) {
  const pages = path.join(root, '.next', 'dev');
  // Beside it: Next tidies that folder at every start.
  const stamp = path.join(root, '.next', '.skein-dev-stamp');
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const hash = createHash('sha256').update(stdout ?? '');
  for (const name of ['package-lock.json', 'next.config.js']) hash.update(read(path.join(root, name)) ?? '');
  const now = hash.digest('hex');
  if (read(stamp) === now || isServed(path.join(pages, 'lock'))) return false;
  const isThere = fs.existsSync(pages);
  fs.rmSync(pages, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, now);
  return isThere;
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Next names the process that serves a folder in a file there, and takes it away at the end. */
function isServed(lock) {
  try {
    process.kill(JSON.parse(read(lock) ?? '').pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
