// Brings the database to the newest schema. Run by scripts/start.mjs before the web process opens it.
import { databaseUrl } from '../server/store/home';
import { migrate } from '../server/store/migrate';

try {
  const applied = await migrate(databaseUrl());
  if (applied.length)
    console.log(`Database: ${applied.length} ${applied.length === 1 ? 'change' : 'changes'} applied.`);
} catch (error) {
  console.error(`The database cannot be used. ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
