import fs from 'node:fs';
import path from 'node:path';

/**
 * The folder that holds everything Skein keeps: database, blobs, cache. `SKEIN_HOME`, else `.skein` in the folder the
 * server was started from. Made on first use, for its owner's eyes only.
 */
export function home(): string {
  const folder = path.resolve(/* turbopackIgnore: true */ process.env['SKEIN_HOME'] || '.skein');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Where the database is: `DATABASE_URL` (PostgreSQL), else a SQLite file in `home()`. */
export function databaseUrl(): string {
  return process.env['DATABASE_URL'] || `file:${path.join(home(), 'skein.db')}`;
}
