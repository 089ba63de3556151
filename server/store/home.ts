import fs from 'node:fs';
import path from 'node:path';
import { cellsAllowed } from '../../nodes/sweep';

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

/** Folders that are searched for models: `SKEIN_MODELS` (several, separated as in PATH), `models`, `<home>/models`. */
export function modelFolders(): string[] {
  const named = (process.env['SKEIN_MODELS'] ?? '').split(path.delimiter).filter(Boolean);
  const folders = [...named, 'models', path.join(home(), 'models')];
  return folders.map((folder) => path.resolve(/* turbopackIgnore: true */ folder));
}

/** `SKEIN_SWEEP_CELLS` allows larger sweeps. Throws a sentence when it is no number. */
export function cellLimit(text = process.env.SKEIN_SWEEP_CELLS): number {
  if (!text) return cellsAllowed;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new Error(`SKEIN_SWEEP_CELLS is "${text}". Give a whole number of cells, for example 1000.`);
}
