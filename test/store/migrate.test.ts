import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createClient } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { providers, schemaFor } from '../../scripts/make-client.mjs';
import { difference, openSchemaEngine, type Provider } from '../../scripts/schema-engine';
import { migrate } from '../../server/store/migrate';

let folder: string;
let url: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-migrate-'));
  url = `file:${path.join(folder, 'skein.db')}`;
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const ours = path.resolve('prisma/migrations');

describe('migrations', () => {
  test.each(providers as Provider[])('%s: there is one for every change of the models', async (provider) => {
    const last = fs.readFileSync(path.join(ours, 'previous.prisma'), 'utf8');
    expect(await difference(provider, schemaFor(provider, last), schemaFor(provider))).toBeNull();
  });

  test('run one after the other they make exactly the models', async () => {
    await migrate(url);
    const schema = schemaFor('sqlite');
    const engine = await openSchemaEngine('sqlite', schema, new PrismaLibSql({ url }));
    const files = [{ path: 'schema.prisma', content: schema }];
    const result = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: ['_prisma_migrations'], externalEnums: [] },
    });
    expect(result).toMatchObject({ exitCode: 0 });
  });

  test('a second time there is nothing to do', async () => {
    expect((await migrate(url)).length).toBeGreaterThan(0);
    expect(await migrate(url)).toEqual([]);
  });

  test('a table that is rebuilt keeps its rows, and those that hang on them', async () => {
    const scripts = path.join(folder, 'migrations');
    fs.cpSync(ours, scripts, { recursive: true });
    const [, ...later] = fs.readdirSync(path.join(scripts, 'sqlite')).filter((name) => /^\d/.test(name));
    for (const name of later) fs.renameSync(path.join(scripts, 'sqlite', name), path.join(folder, name));
    await migrate(url, scripts);
    const before = createClient({ url });
    await before.executeMultiple(`
      INSERT INTO "Run" (id, ownerId, name, document, state) VALUES ('r', 'local', 'old', '{}', 'done');
      INSERT INTO "NodeRun" (runId, node, ownerId, attempt, state) VALUES ('r', 'muxer', 'local', 1, 'done');
      INSERT INTO "Event" (ownerId, runId, type, body) VALUES ('local', 'r', 'run.done', '{}');
      INSERT INTO "Asset" (id, ownerId, sha256, kind, mime, name, bytes, origin, runId) VALUES ('a', 'local', 'x', 'video', 'video/mp4', 'x.mp4', 1, 'result', 'r');`);
    before.close();
    await migrate(url);
    const after = createClient({ url });
    for (const table of ['Run', 'NodeRun', 'Event', 'Asset'])
      expect((await after.execute(`SELECT * FROM "${table}"`)).rows, table).toHaveLength(1);
    expect((await after.execute('SELECT runId FROM "Asset"')).rows[0]?.['runId']).toBe('r');
    after.close();
  });

  test('a database of a newer Skein is refused, and left as it is', async () => {
    await migrate(url);
    const db = createClient({ url });
    await db.execute(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, started_at) VALUES ('x', 'y', '29990101_future', 1, 1)",
    );
    db.close();
    await expect(migrate(url)).rejects.toThrow(/newer Skein .*29990101_future.*Update Skein/);
  });

  test('a script that fails leaves all as it was; an edited one, and one that another tool left half-way, are refused; a copy lies beside', async () => {
    const scripts = path.join(folder, 'migrations');
    fs.cpSync(ours, scripts, { recursive: true });
    await migrate(url, scripts);
    const next = path.join(scripts, 'sqlite', '29990101000000_broken');
    fs.mkdirSync(next);
    fs.writeFileSync(path.join(next, 'migration.sql'), 'CREATE TABLE "New" ("id" TEXT); CREATE TABLE nonsense(;');
    await expect(migrate(url, scripts)).rejects.toThrow(/29990101000000_broken.*failed.*as it was/);
    fs.writeFileSync(path.join(next, 'migration.sql'), 'CREATE TABLE "New" ("id" TEXT);');
    expect(await migrate(url, scripts)).toEqual(['29990101000000_broken']);
    const db = createClient({ url });
    await db.execute("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%broken'");
    db.close();
    await expect(migrate(url, scripts)).rejects.toThrow(/stopped half-way.*Restore the copy/);
    const copy = path.join(folder, 'skein.before-29990101000000_broken.db');
    fs.rmSync(next, { recursive: true });
    expect(await migrate(`file:${copy}`, scripts)).toEqual([]);

    const [first = ''] = fs.readdirSync(path.join(scripts, 'sqlite')).sort();
    fs.appendFileSync(path.join(scripts, 'sqlite', first, 'migration.sql'), '-- edited\n');
    await expect(migrate(`file:${copy}`, scripts)).rejects.toThrow(/was edited after it had run/);
  });
});
