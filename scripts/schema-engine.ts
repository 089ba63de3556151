// Prisma's schema engine as WebAssembly, for writing migrations and testing them. Development only: an internal package
// without promises, pinned exactly. No database is needed: the difference of two model files is the migration.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  mockMigrationAwareAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';

export type Provider = 'sqlite' | 'postgresql';
export type SchemaEngine = Awaited<ReturnType<typeof openSchemaEngine>>;

/** The only thing the engine asks a PostgreSQL server before it compares two files: does the schema exist, which version. */
function offlinePostgres(): SqlMigrationAwareDriverAdapterFactory {
  const mock = mockMigrationAwareAdapterFactory('postgres');
  const connect = async () => ({
    ...(await mock.connect()),
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 15.0', 150000]],
    }),
    executeScript: async () => {},
    dispose: async () => {},
  });
  return { ...mock, connect, connectToShadowDb: connect };
}

let loaded: ReturnType<typeof load> | undefined;

/** Once in a process: the module's glue keeps views of the first instance's memory. */
async function load() {
  const bg = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  // Not among the package's exports, hence by its place.
  const wasm = fileURLToPath(
    new URL('../node_modules/@prisma/schema-engine-wasm/schema_engine_bg.wasm', import.meta.url),
  );
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(wasm), { './schema_engine_bg.js': bg });
  bg.__wbg_set_wasm(instance.exports);
  // The exports of a WebAssembly module are untyped; wasm-bindgen always makes this one.
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  return bg;
}

/** Opens the engine. Without an adapter it compares files only; with one it can also read a live database. */
export async function openSchemaEngine(
  provider: Provider,
  schema: string,
  adapter?: SqlMigrationAwareDriverAdapterFactory,
) {
  const offline = provider === 'sqlite' ? mockMigrationAwareAdapterFactory('sqlite') : offlinePostgres();
  loaded ??= load();
  const bg = await loaded;
  const factory = bindMigrationAwareSqlAdapterFactory(adapter ?? offline);
  return bg.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, factory);
}

/** The SQL that leads from one schema file to another; null when they mean the same. */
export async function difference(provider: Provider, from: string | null, to: string): Promise<string | null> {
  const engine = await openSchemaEngine(provider, to);
  const side = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
    configDir: '.',
  });
  const result = await engine.diff({
    from: from === null ? { tag: 'empty' } : side(from),
    to: side(to),
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return result.exitCode === 2 ? (result.stdout ?? '') : null;
}
