// npm run db:new <name>: writes the next migration for both providers from what changed in prisma/models.prisma.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { providers, schemaFor } from './make-client.mjs';
import { difference, type Provider } from './schema-engine';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const migrations = path.join(root, 'prisma/migrations');
/** The models as of the last migration: the side a new one starts from. */
const previous = path.join(migrations, 'previous.prisma');

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Say what changed, in lower case with underscores: npm run db:new add_tags');
  process.exit(1);
}
const models = fs.readFileSync(path.join(root, 'prisma/models.prisma'), 'utf8');
const before = fs.existsSync(previous) ? fs.readFileSync(previous, 'utf8') : null;
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

let changed = false;
for (const provider of providers as Provider[]) {
  const sql = await difference(provider, before === null ? null : schemaFor(provider, before), schemaFor(provider));
  if (sql === null) continue;
  changed = true;
  const folder = path.join(migrations, provider, `${stamp}_${name}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'migration.sql'), sql);
  const lock = path.join(migrations, provider, 'migration_lock.toml');
  if (!fs.existsSync(lock)) fs.writeFileSync(lock, `provider = "${provider}"\n`);
  console.log(`prisma/migrations/${provider}/${stamp}_${name}/migration.sql`);
}
if (changed) fs.writeFileSync(previous, models);
else console.log('Nothing changed since the last migration.');
