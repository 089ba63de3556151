import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Config } from '@libsql/client';
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
  const db = new SqliteClient({ adapter: new PatientLibSql({ url }) });
  // Readers and the writer do not wait for each other. Commits are synced to disk: libsql's own default.
  await db.$queryRawUnsafe('PRAGMA journal_mode=WAL');
  return db;
}

/** So long a file that another program holds is waited for, in milliseconds. */
const patience = 15_000;

/**
 * Another program may hold the file for a while: a backup, somebody who looks into it. SQLite's own way of waiting would stop
 * the event loop, so this asks again, and reading goes on meanwhile. Transactions take their place as writers when they
 * begin: one that has begun is never turned away half-way.
 */
class PatientLibSql extends PrismaLibSql {
  override createClient(config: Config): Client {
    const client = super.createClient(config);
    const execute = client.execute.bind(client) as (query: object) => ReturnType<Client['execute']>; // as Prisma calls it
    const begin = client.transaction.bind(client);
    // A statement that was turned away stays open in libsql, and the next transaction on that connection cannot commit.
    const fresh = async (error: unknown): Promise<never> => {
      await client.reconnect();
      throw error;
    };
    return Object.assign(client, {
      execute: (query: object) => execute(query).catch(fresh),
      transaction: () => begin('write').catch(fresh),
    });
  }

  override async connect() {
    const adapter = await super.connect();
    type Adapter = typeof adapter;
    const [read, write, begin] = [adapter.queryRaw, adapter.executeRaw, adapter.startTransaction];
    return Object.assign(adapter, {
      queryRaw: (...query: Parameters<Adapter['queryRaw']>) => whenFree(() => read.apply(adapter, query)),
      executeRaw: (...query: Parameters<Adapter['executeRaw']>) => whenFree(() => write.apply(adapter, query)),
      startTransaction: (...how: Parameters<Adapter['startTransaction']>) => whenFree(() => begin.apply(adapter, how)),
    });
  }
}

async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (const begun = performance.now(); ; await pause(20)) {
    try {
      return await work();
    } catch (error) {
      // What the adapter makes of SQLITE_BUSY.
      const cause = error instanceof Error ? (error.cause as { kind?: unknown } | undefined) : undefined;
      if (cause?.kind !== 'SocketTimeout' || performance.now() - begun > patience) throw error;
    }
  }
}

/** What Prisma calls a database that is away, or has no time. */
const away = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);

/** Whether what failed may work in a moment: the database is held by another, restarts, or has no room on its disk. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && away.has(String(error.code))) return true;
  return /disk is full|disk I\/O|SQLITE_(BUSY|FULL|IOERR)|ECONNREFUSED|ECONNRESET|terminating connection|Connection terminated|57P0|is (starting up|shutting down)|not yet accepting|recovery mode/i.test(
    error.message,
  );
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
