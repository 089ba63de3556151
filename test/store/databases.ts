import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Db, openDatabase } from '../../server/store/database';
import { migrate } from '../../server/store/migrate';
import { type Postgres, startPostgres } from './postgres';

/** A fresh, migrated SQLite file in a folder of its own. */
export async function temporaryDatabase(): Promise<{ db: Db; url: string; folder: string; remove(): Promise<void> }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-db-'));
  const url = `file:${path.join(folder, 'skein.db')}`;
  await migrate(url);
  const db = await openDatabase(url);
  const remove = async () => {
    await db.$disconnect();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { db, url, folder, remove };
}

/** Runs the same promises against both providers. */
export function onBothDatabases(promises: (db: () => Db) => void): void {
  describe('on SQLite', () => {
    let made: Awaited<ReturnType<typeof temporaryDatabase>>;
    beforeAll(async () => {
      made = await temporaryDatabase();
    });
    afterAll(() => made.remove());
    promises(() => made.db);
  });

  describe('on PostgreSQL', async () => {
    const server: Postgres | string = await startPostgres();
    if (typeof server === 'string') {
      test.skip(`skipped: ${server}`, () => {});
      return;
    }
    let db: Db;
    beforeAll(async () => {
      const url = await server.create('skein');
      await migrate(url);
      db = await openDatabase(url);
    });
    afterAll(async () => {
      await db?.$disconnect();
      await server.stop();
    });
    promises(() => db);
  });
}
