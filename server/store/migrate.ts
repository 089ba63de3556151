import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createClient } from '@libsql/client';
import pg from 'pg';

/** One script of prisma/migrations, in the order of its name. */
interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface Applied {
  migration_name: string;
  checksum: string;
  finished_at: unknown;
}

/** What the runner needs of a database. `apply` does all of a script and notes it, or nothing: also when it is killed. */
interface Target {
  applied(): Promise<Applied[]>;
  apply(migration: Migration): Promise<void>;
}

/**
 * Brings the database to the newest schema. Keeps Prisma's own `_prisma_migrations` table, so that `prisma migrate
 * deploy` and this runner may be used in turns. Returns the names of what was applied.
 *
 * Throws a sentence with a remedy when a script was edited after it ran, when one stopped half-way, or when the database
 * was made by a newer Skein.
 */
export async function migrate(url: string, folder = path.resolve('prisma/migrations')): Promise<string[]> {
  return url.startsWith('file:') ? migrateSqlite(url, folder) : migratePostgres(url, folder);
}

function read(folder: string, provider: string): Migration[] {
  const at = path.join(folder, provider);
  const lock = fs.readFileSync(path.join(at, 'migration_lock.toml'), 'utf8');
  if (!lock.includes(`provider = "${provider}"`)) throw new Error(`${at} does not hold ${provider} migrations.`);
  return fs
    .readdirSync(at)
    .filter((name) => fs.existsSync(path.join(at, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const sql = fs.readFileSync(path.join(at, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Which migrations are still to be run. Throws when what ran before is not what lies here. */
export function outstanding(migrations: Migration[], applied: Applied[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = known.get(row.migration_name);
    if (!migration)
      throw new Error(
        `The database was made by a newer Skein (it has "${row.migration_name}"). Update Skein, or restore an older backup.`,
      );
    if (row.finished_at === null)
      throw new Error(
        `The migration "${row.migration_name}" stopped half-way. Restore the copy made before it (*.before-*.db), then start again.`,
      );
    if (migration.checksum !== row.checksum)
      throw new Error(
        `The migration "${row.migration_name}" was edited after it had run. Restore the file as it was and write a new migration instead.`,
      );
  }
  const done = new Set(applied.map((row) => row.migration_name));
  return migrations.filter((migration) => !done.has(migration.name));
}

async function run(target: Target, migrations: Migration[], before: (first: Migration) => void): Promise<string[]> {
  const todo = outstanding(migrations, await target.applied());
  if (todo[0]) before(todo[0]);
  for (const migration of todo) {
    await target.apply(migration).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`The migration "${migration.name}" failed, and the database is as it was before it: ${why}`, {
        cause: error,
      });
    });
  }
  return todo.map((migration) => migration.name);
}

async function migrateSqlite(url: string, folder: string): Promise<string[]> {
  const file = url.slice('file:'.length);
  const existed = fs.existsSync(file);
  // In a process of its own, which has nothing else to do.
  const db = createClient({ url, timeout: 15_000 });
  try {
    await db.execute(
      `CREATE TABLE IF NOT EXISTS "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
    );
    const target: Target = {
      applied: async () => {
        const { rows } = await db.execute(
          'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
        );
        // Columns as named in the query above.
        return rows as unknown as Applied[];
      },
      // Foreign keys are off from outside: inside a transaction the lines of Prisma's scripts that say so do nothing.
      apply: ({ name, checksum, sql }) =>
        db.executeMultiple(
          `PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE; ${sql}\n;
           INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           VALUES ('${randomUUID()}', '${checksum}', '${name.replaceAll("'", "''")}', ${Date.now()}, ${Date.now()}, 1);
           COMMIT;`,
        ),
    };
    await db.execute('PRAGMA wal_checkpoint(TRUNCATE)');
    return await run(target, read(folder, 'sqlite'), (first) => {
      if (existed) fs.copyFileSync(file, `${file.replace(/\.db$/, '')}.before-${first.name}.db`);
    });
  } finally {
    db.close();
  }
}

/** Any number known to nobody else: it keeps two servers from migrating the same database at once. */
const advisoryLock = 72_707_369;

async function migratePostgres(connectionString: string, folder: string): Promise<string[]> {
  const db = new pg.Client({ connectionString });
  await db.connect();
  try {
    await db.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    await db.query(
      `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`,
    );
    const target: Target = {
      applied: async () => {
        const sql = 'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL';
        return (await db.query<Applied>(sql)).rows;
      },
      async apply({ name, checksum, sql }) {
        await db.query('BEGIN');
        try {
          await db.query(sql);
          await db.query(
            'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)',
            [randomUUID(), checksum, name],
          );
          await db.query('COMMIT');
        } catch (error) {
          await db.query('ROLLBACK');
          throw error;
        }
      },
    };
    return await run(target, read(folder, 'postgresql'), () => {});
  } finally {
    await db.end();
  }
}
