import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient as PostgresClient } from '../../generated/postgresql/client';
import { type Prisma, PrismaClient as SqliteClient } from '../../generated/sqlite/client';

/** The database of either provider. Code outside this file never knows which. */
export type Db = SqliteClient;
/** What is at hand inside a transaction. */
export type Tx = Prisma.TransactionClient;

/** Who asks. Every query of the store is narrowed by it. */
export interface Viewer {
  ownerId: string;
}

/** Without accounts everything belongs to one person. */
export const localViewer: Viewer = { ownerId: 'local' };

/**
 * Opens the database named by `url`: `file:...` is SQLite, `postgres://...` is PostgreSQL.
 * A SQLite file may be open in one process only, the web server.
 */
export async function openDatabase(url: string): Promise<Db> {
  if (!url.startsWith('file:')) {
    if (!/^postgres(ql)?:\/\//.test(url))
      throw new Error(
        `DATABASE_URL must begin with file: or postgres://, and it begins with "${url.split(':')[0]}:". Correct it or unset it.`,
      );
    // The two clients differ only in the names of isolation levels, which nothing here uses.
    return new PostgresClient({ adapter: new PrismaPg({ connectionString: url }) }) as unknown as Db;
  }
  const db = new SqliteClient({ adapter: new PrismaLibSql({ url }) });
  // Readers and the writer do not wait for each other. Commits are synced to disk: libsql's own default.
  await db.$queryRawUnsafe('PRAGMA journal_mode=WAL');
  return db;
}

const waiting = new WeakMap<Db, Promise<unknown>>();

/**
 * Runs `work` in a transaction, one at a time: SQLite has one writer, and two interleaved transactions that read before
 * they write would fail each other.
 */
export function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const before = waiting.get(db) ?? Promise.resolve();
  const next = before.then(() => db.$transaction(work, { maxWait: 20_000, timeout: 20_000 }));
  waiting.set(
    db,
    next.catch(() => {}),
  );
  return next;
}
